// What was measured of the engines, as README.md has it.

import { appendFileSync } from "node:fs";

/** Hands text to whoever runs the tests, also where they pass: the file that IBID_ENGINES_REPORT names gets it, or the console. */
export function report(text) {
  const file = process.env.IBID_ENGINES_REPORT;
  if (file) appendFileSync(file, `${text}\n`);
  else console.log(text);
}

const ROWS = {
  version: "version",
  relaxedSimd: "relaxed SIMD",
  kernels: "kernels that were chosen",
  locks: "Web Locks",
  opfs: "private files (OPFS)",
  persist: "storage persisted when asked",
  prf: "WebAuthn PRF, as it says",
  trustedTypes: "trusted types",
  webgpu: "WebGPU",
};

const cell = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "—"));

/**
 * A table in Markdown.
 * @param {Record<string, Record<string, unknown>>} measured by the engine's name
 */
export function table(measured) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const engines = Object.values(measured);
  return [
    line(["", ...Object.keys(measured)]),
    line(["---", ...engines.map(() => "---")]),
    ...Object.entries(ROWS).map(([key, title]) => line([title, ...engines.map((it) => cell(it[key]))])),
  ].join("\n");
}
