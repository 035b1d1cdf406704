#!/usr/bin/env node
// Converts a folder in Hugging Face's layout as `ibid model add` does, by the package that was built: the bytes are those of
// the native converter.
//
//   scripts/convert-model.js SOURCE TARGET NAME LICENSE ORIGIN

import { convert } from "../pkg/dist/cli/convert.js";
import { writeFolder } from "../pkg/dist/cli/folder.js";
import { openFolder } from "../pkg/dist/cli/source.js";

const [folder, target, name, license, source] = process.argv.slice(2);
const { files } = await (await openFolder(folder)).fetch();
const model = await convert(files, { name, license, source }, folder);
await writeFolder(target, model.files, { replaces: true });
