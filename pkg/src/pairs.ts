/** Surrogate pairs, which text that was cut anywhere may hold one half of. */

/** The text as far as it can go alone, and the first half of a surrogate pair at its end, if it ends with one. */
export function cutAtPair(text: string): [whole: string, half: string] {
  const end = /[\uD800-\uDBFF]$/.test(text) ? text.length - 1 : text.length;
  return [text.slice(0, end), text.slice(end)];
}

/** The text with U+FFFD for each half of a surrogate pair that is alone, so that offsets stay. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
