// Puts the converted model and its licence into the package, before it is packed. Neither is kept in the repository.
//
//   node prepack.js [FOLDER]     the default is where `make model` writes it

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const NAME = "all-minilm-l6-v2";
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * What is wrong with a model folder, if anything is.
 * @param {string} folder
 */
function faultOf(folder) {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
    const isOther = ([file, { sha256 }]) =>
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex") !== sha256;
    const damaged = Object.entries(files).find(isOther);
    return damaged && `${damaged[0]} is not the file that model.json lists`;
  } catch (error) {
    return error.message;
  }
}

const { positionals } = parseArgs({ allowPositionals: true });
const source = positionals[0] ?? here(`../../models/${NAME}`);
const fault = faultOf(source);
if (fault !== undefined) {
  console.error(`error: there is no model to pack in ${source}: ${fault}`);
  console.error(
    "Run `make model`, or `npx ibid model add all-minilm-l6-v2 --to models`, at the repository's root first.",
  );
  process.exit(1);
}
rmSync(here("model"), { recursive: true, force: true });
mkdirSync(here("model"));
for (const file of ["model.json", "tokenizer.json", "weights.safetensors"]) {
  cpSync(join(source, file), here(`model/${file}`));
}
cpSync(here("../../LICENSE-APACHE"), here("LICENSE-APACHE"));
