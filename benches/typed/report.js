// The results of typed queries as a table.

import { table } from "../report.js";

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

const nameOf = ({ name, label }) => [name, label].filter(Boolean).join(", ");

/** The queries that each contestant gets right as Markdown, in all and by kind. */
export function report({ rivals, cases, k, queries, entries }) {
  const able = entries.filter(({ failed }) => failed === undefined);
  const row = (what, count) => [what, count(queries), ...able.map(({ right }) => count(right))];
  const rows = [
    row("**all**", total),
    ...Object.keys(queries).map((kind) => row(kind, (counts) => counts[kind])),
  ];
  const parts = [
    `Against ${rivals.join(", ")}. ${total(queries)} queries over ${cases} small collections; right is the right document as the ` +
      `first hit or, where several are as good, among the first ${k}.`,
    table(["", "queries", ...able.map(nameOf)], rows),
  ];
  const failures = entries.filter(({ failed }) => failed !== undefined);
  if (failures.length > 0) {
    parts.push(failures.map((entry) => `- \`${nameOf(entry)}\` **failed**: ${entry.failed}`).join("\n"));
  }
  return parts.join("\n\n");
}
