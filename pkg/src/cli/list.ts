/** `ibid model list`: the models that have a name. */
import { PRESETS } from "./presets.js";

const COLUMNS = ["name", "kind", "languages", "size", "licence", "for"];

/** @param json as data, one array */
export function list(json: boolean): string[] {
  if (json) {
    return [JSON.stringify(PRESETS, null, 2)];
  }
  const rows = PRESETS.map(({ name, kind, languages, megabytes, license, purpose }) => [
    name,
    kind,
    languages,
    `${megabytes.toFixed(1)} MB`,
    license,
    purpose,
  ]);
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
