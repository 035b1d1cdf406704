/** What the trail says, in words. */
import type { Replay, SentenceVerdict, TrailCheck, TrailEntry, TrailRecord, Verdict } from "ibid";
import { count, list, number } from "./format.js";
import { VERDICTS } from "./verdicts.js";

export function isRecord(entry: TrailEntry): entry is TrailRecord {
  return "answer" in entry;
}

const KINDS: Record<TrailRecord["answer"]["kind"], string> = {
  extractive: "sentences of the documents",
  model: "written by a language model",
  given: "an answer that was checked",
};

/** Where a record's answer came from. */
export function answerKind({ answer }: TrailRecord): string {
  return KINDS[answer.kind];
}

/** What was asked, or what else a record is about. */
export function recordTitle({ question, answer }: TrailRecord): string {
  if (question.trim() !== "") {
    return question.trim();
  }
  return `Without a question: “${shortened(answer.text.trim())}”`;
}

function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, text.lastIndexOf(" ", 80) + 1 || 80).trimEnd()} …`;
}

const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** A point in time, as the reader's clock has it. */
export function timeWords(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : time.format(date);
}

export interface VerdictCount {
  verdict: Verdict;
  count: number;
}

/** How many sentences have each verdict, none of those that no sentence has. */
export function verdictCounts(sentences: readonly SentenceVerdict[]): VerdictCount[] {
  return (Object.keys(VERDICTS) as Verdict[]).flatMap((verdict) => {
    const among = sentences.filter((sentence) => sentence.verdict === verdict).length;
    return among > 0 ? [{ verdict, count: among }] : [];
  });
}

/** The hash of the record before; `undefined` where there was none. */
export function hashBefore({ previous }: TrailRecord): string | undefined {
  return /^0*$/.test(previous) ? undefined : previous;
}

/** What came of searching again, sentence by sentence; `hits` is how many passages there were then. */
export function replayWords(
  {
    identical,
    differences,
    documents,
    sameModel,
    modelThen,
    modelNow,
    unembeddedThen,
    unembeddedNow,
  }: Replay,
  hits: number,
  title: (id: string) => string = (id) => id,
): string[] {
  const found = identical ? sameAgain(hits) : whatDiffers(differences, hits);
  const named = (ids: readonly string[]) => list(ids.map(title));
  const changed = [
    documents.replaced.length > 0 ? `Changed since: ${named(documents.replaced)}.` : "",
    documents.added.length > 0 ? `Added since: ${named(documents.added)}.` : "",
    documents.removed.length > 0 ? `Removed since: ${named(documents.removed)}.` : "",
    documents.unknown > 0 ? "Documents may have changed in between of which no record tells." : "",
  ];
  const others = [
    sameModel ? "" : "The embedding model is another one by now.",
    modelThen === modelNow
      ? ""
      : modelThen === "ready"
        ? "The embedding model, which took part then, is not here now: the search was by words only."
        : "The embedding model was not here then: the search was by words only.",
    unembeddedThen > 0
      ? `${count(unembeddedThen, "passage was", "passages were")} not embedded then, ${number(unembeddedNow)} now.`
      : "",
  ];
  return [found, ...changed, ...others].filter((words) => words !== "");
}

/** Up to this much scores differ where another build of the library computes them. */
const LAST_DIGITS = 1e-5;

function whatDiffers(differences: Replay["differences"], hits: number): string {
  const changes = differences.map(scoreChange);
  if (changes.some((change) => change === undefined)) {
    return `${count(differences.length, "passage differs", "passages differ")} from then.`;
  }
  const areSmall = changes.every((change = 0) => change <= LAST_DIGITS);
  const scores =
    differences.length === 1
      ? "the score of one differs"
      : `the scores of ${number(differences.length)} differ`;
  return `The same ${count(hits, "passage")} in the same order; ${scores}${areSmall ? ", in the last digits only" : ""}.`;
}

/** By how much the figures of a passage differ that stands where it stood; `undefined` where another one does. */
export function scoreChange({ then, now }: Replay["differences"][number]): number | undefined {
  const isSame =
    then !== undefined &&
    now !== undefined &&
    then.document === now.document &&
    then.start === now.start &&
    then.end === now.end;
  return isSame
    ? Math.max(Math.abs(then.score - now.score), Math.abs(then.relevance - now.relevance))
    : undefined;
}

function sameAgain(hits: number): string {
  return hits === 0
    ? "Nothing was found, as then."
    : `The same ${hits === 1 ? "passage with the same score" : `${number(hits)} passages with the same scores`}, to the bit.`;
}

/** What came of checking the chain. */
export function checkWords({ records, deleted, broken }: TrailCheck): { isSound: boolean; says: string } {
  const gone =
    deleted > 0
      ? ` ${count(deleted, "record was", "records were")} deleted; the chain goes on over ${deleted === 1 ? "it" : "them"}.`
      : "";
  if (broken.length > 0) {
    const places = list(broken.map((each) => number(each.number)));
    const says = `The chain is broken at ${broken.length === 1 ? "record" : "records"} ${places}.${gone}`;
    return { isSound: false, says };
  }
  const says =
    records === 0
      ? `There is no record to check.${gone}`
      : `${records === 1 ? "The one record is" : `All ${number(records)} records are`} as written: each has the hash of the one before it.${gone}`;
  return { isSound: true, says };
}
