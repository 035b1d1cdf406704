/** Settings of a search in words, and as the package takes them. */
import type { EvaluationReport, SearchMode, SearchOptions, SettingOptions } from "ibid";
import { count, decimals } from "./format.js";

/** A setting as a report has it. */
export type ReportSetting = EvaluationReport["runs"][number]["setting"];

export const MODES: readonly (readonly [mode: SearchMode, label: string, explanation: string])[] = [
  ["hybrid", "Meaning and words", "hybrid: both, fused"],
  ["dense", "Meaning only", "dense: nearness of the embeddings"],
  ["lexical", "Words only", "lexical: BM25"],
];

/** How much meaning counts where nothing else is said. */
export const DENSE_WEIGHT = 0.55;

/** What a setting changes about a search. */
export type SearchSetting = Pick<SettingOptions, "mode" | "denseWeight" | "rankConstant" | "k">;

/** A setting as a search takes it. */
export function searchOptions({ mode = "hybrid", denseWeight, rankConstant, k }: SearchSetting) {
  const options: SearchOptions = { mode, ...(k !== undefined && { k }) };
  if (mode !== "hybrid") {
    return options;
  }
  return {
    ...options,
    ...(denseWeight !== undefined && { weights: { dense: denseWeight, lexical: exact(1 - denseWeight) } }),
    ...(rankConstant !== undefined && { fusion: "reciprocal-rank" as const, rankConstant }),
  };
}

/** What a search has to be told to be as in a report; how documents are cut is not its to say. */
export function adoptable({
  mode,
  denseWeight,
  rankConstant,
  k,
}: ReportSetting): Required<Pick<SearchSetting, "mode" | "k">> & SearchSetting {
  return {
    mode,
    k,
    ...(denseWeight !== undefined && { denseWeight: exact(denseWeight) }),
    ...(rankConstant !== undefined && { rankConstant }),
  };
}

/** A setting in words, such as `meaning 55 %, words 45 %; 8 passages`. */
export function settingWords({
  mode = "hybrid",
  denseWeight = DENSE_WEIGHT,
  rankConstant,
  k,
}: SearchSetting): string {
  const passages = k === undefined ? "" : `; ${count(k, "passage")}`;
  return `${armsWords(mode, denseWeight, rankConstant)}${passages}`;
}

/** Names for the settings of a report: what all of them have in common is left out, but for the arms. */
export function settingNames(settings: readonly ReportSetting[]): string[] {
  const differs = (value: (setting: ReportSetting) => number) => new Set(settings.map(value)).size > 1;
  const withPassages = differs(({ k }) => k);
  const withMost = differs(({ chunking }) => chunking.max);
  const withOverlap = differs(({ chunking }) => chunking.overlap);
  const withChunks = withMost || withOverlap || differs(({ chunking }) => chunking.target);
  return settings.map(({ mode, denseWeight, rankConstant, k, chunking: { target, max, overlap } }) => {
    const chunks = [target, ...(withMost ? [max] : []), ...(withOverlap ? [overlap] : [])].join("/");
    const parts = [
      armsWords(mode, denseWeight ?? DENSE_WEIGHT, rankConstant),
      withPassages ? count(k, "passage") : "",
      withChunks ? `chunks of ${chunks}` : "",
    ];
    return parts.filter((part) => part !== "").join("; ");
  });
}

function armsWords(mode: SearchMode, denseWeight: number, rankConstant: number | undefined): string {
  if (mode !== "hybrid") {
    return mode === "dense" ? "Meaning only" : "Words only";
  }
  const dense = percent(denseWeight);
  const by = rankConstant === undefined ? "" : " by ranks";
  return `Meaning ${dense}\u00a0%, words ${percent(1 - denseWeight)}\u00a0%${by}`;
}

export function isSameChunking({ chunking: a }: ReportSetting, { chunking: b }: ReportSetting): boolean {
  return a.target === b.target && a.max === b.max && a.overlap === b.overlap;
}

/** The lines by which a collection cuts documents as a setting does. */
export function chunkingLines({ chunking: { target, max, overlap } }: ReportSetting): string {
  return `const collection = await openCollection("my-documents", {
  chunking: { target: ${target}, max: ${max}, overlap: ${overlap} },
});`;
}

function percent(share: number): string {
  const value = exact(100 * share);
  return Number.isInteger(value) ? String(value) : decimals(value, 1);
}

/** A number without the tail that a narrower one leaves when it is widened: 0.55 for 0.550000011920929. */
function exact(value: number): number {
  return Number(value.toPrecision(6));
}
