// Writes, beside a built page, what tells servers which headers go with its files:
//
//   node www/site/write-headers.js FOLDER

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headerRules, headersFile, nginxFile, vercelFile } from "./headers.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node www/site/write-headers.js FOLDER");
const rules = headerRules(readFileSync(join(folder, "index.html"), "utf8"));
const files = { _headers: headersFile, "vercel.json": vercelFile, "nginx.conf": nginxFile };
for (const [name, write] of Object.entries(files)) writeFileSync(join(folder, name), write(rules));
