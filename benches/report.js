// What the tables of the results have in common, and the places in a file that hold them.

import { readFileSync, writeFileSync } from "node:fs";

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median over the rounds of `slow` divided by `fast`. */
export const ratio = (slow, fast) => median(slow.map((value, round) => value / fast[round]));

export const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export const times = (value) => (value === undefined ? "-" : `${value.toFixed(2)} x`);

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** A target: what was measured, and the least it may be or the most. */
export const atLeast = (what, value, floor, aim, unit = " x") => ({
  what,
  value,
  unit,
  limits: [floor, aim],
  met: value >= floor,
  reached: value >= aim,
});
export const atMost = (what, value, floor, aim, unit) => ({
  what,
  value,
  unit,
  limits: [floor, aim],
  met: value <= floor,
  reached: value <= aim,
});

/** Targets as a table that says which are met. */
export function targetTable(targets) {
  const rows = targets.map(({ what, value, unit, limits, met, reached }) => [
    what,
    `${value.toFixed(unit === "" ? 4 : 2)}${unit}`,
    ...limits.map((limit) => `${limit}${unit}`),
    reached ? "aim reached" : met ? "floor met" : "**missed**",
  ]);
  return table(["what", "measured", "floor", "aim", ""], rows);
}

/** Puts a text into a file between the marks of `name`. */
export function replaceBetweenMarks(file, name, text) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const old = readFileSync(file, "utf8");
  if (!old.includes(begin) || !old.includes(end)) throw new Error(`${file} has no marks for ${name}`);
  const [before, after] = [old.split(begin)[0], old.split(end)[1]];
  writeFileSync(file, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}
