// What was measured of the engines, as README.md has it.

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
