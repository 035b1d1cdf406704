/** Lists of numbers as people type them: `0.3, 0.55`, with commas, semicolons or blanks between them. */
import type { ChunkingOptions } from "ibid";

/** What was read, or what is wrong with it. */
export type Typed<T> = { values: T[] } | { problem: string };

/** Numbers in a range; nothing typed is none. */
export function typedNumbers(
  text: string,
  label: string,
  { min, max, isWhole }: { min: number; max: number; isWhole: boolean },
): Typed<number> {
  const values = items(text).map(Number);
  const wrong = values.findIndex((it) => !(it >= min && it <= max) || (isWhole && !Number.isInteger(it)));
  const kind = isWhole ? "whole numbers" : "numbers";
  return wrong < 0
    ? { values: [...new Set(values)] }
    : {
        problem: `“${label}” takes ${kind} from ${min} to ${max}, with commas between them; “${items(text)[wrong]}” is none.`,
      };
}

/** Sizes of chunks in tokens, each with its overlap behind a slash where that is named: `96, 192/32`. */
export function typedChunkings(text: string, label: string): Typed<ChunkingOptions> {
  const values: ChunkingOptions[] = [];
  for (const item of new Set(items(text))) {
    const [, target, overlap] = /^(\d+)(?:\/(\d+))?$/.exec(item) ?? [];
    if (target === undefined) {
      return {
        problem: `“${label}” takes sizes such as 128, or 128/16 for an overlap of 16; “${item}” is none.`,
      };
    }
    values.push({ target: Number(target), ...(overlap !== undefined && { overlap: Number(overlap) }) });
  }
  return { values };
}

function items(text: string): string[] {
  return text.split(/[\s,;]+/).filter((item) => item !== "");
}
