// The results of reading documents as tables.

import { times as asTimes, median, megabytes, ratio, table } from "../report.js";
import { OURS } from "./contestants.js";

const KINDS = { word: "Word", web: "HTML", pdf: "PDF" };

const milliseconds = (values) => median(values).toFixed(1);

function rowsOf(kind, { name, failed, times, memory }) {
  if (failed !== undefined) return [[KINDS[kind], name, `**failed**: ${failed}`, "-", "-", "-", "-"]];
  return Object.entries(times).map(([contestant, { times: taken }]) => {
    const { peaks, held } = memory[contestant];
    const isOurs = contestant === OURS;
    return [
      isOurs ? KINDS[kind] : "",
      isOurs ? name : "",
      contestant,
      milliseconds(taken),
      isOurs ? "" : asTimes(ratio(taken, times[OURS].times)),
      megabytes(median(peaks)),
      `${megabytes(held.javascript)} + ${megabytes(held.wasm)}`,
    ];
  });
}

/** Times, ratios and memory as Markdown. */
export function report({ rounds, rivals, results }) {
  const head = ["", "files", "", "ms", "/ ibid", "peak above before", "held: JavaScript + WebAssembly"];
  const rows = Object.entries(results).flatMap(([kind, sets]) => sets.flatMap((set) => rowsOf(kind, set)));
  return [
    `Against ${rivals.join(", ")}; ${rounds} rounds after one that is not counted.`,
    table(head, rows),
  ].join("\n\n");
}
