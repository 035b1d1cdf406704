// The side of the benchmarks of costs that runs in the page, as users' pages do: everything goes through the package.

import { adding } from "./adding.js";
import {
  commit,
  copyEncrypted,
  exportFile,
  importFile,
  openAndSearch,
  openByPassphrase,
} from "./encrypting.js";
import { beginImport, endImport, leaveImport, openDuringImport } from "./importing.js";
import { addLarge, prepareLarge } from "./large-document.js";
import { bytesOfFirstSearch, keepRival, make, openToHit, restoreRival, visit } from "./opening.js";

globalThis.benchmarks = {
  adding,
  make,
  openToHit,
  keepRival,
  restoreRival,
  visit,
  bytesOfFirstSearch,
  prepareLarge,
  addLarge,
  beginImport,
  openDuringImport,
  endImport,
  leaveImport,
  copyEncrypted,
  openAndSearch,
  openByPassphrase,
  commit,
  exportFile,
  importFile,
};
