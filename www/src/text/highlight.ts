/** Marking the words of a question in a text. For the eye only: what counts as a match is the index's business. */

export interface Part {
  text: string;
  match: boolean;
}

const words = new Intl.Segmenter("en", { granularity: "word" });

const STOP_WORDS = new Set(
  (
    "a about an and any are as at be been by can could did do does for from had has have how i if in is it its me my " +
    "no not of on or our shall should so than that the their them then there these they this those to was we were " +
    "what when where which who whom whose why will with would you your"
  ).split(" "),
);

/** Splits `text` into parts that match a word of `query` and parts that don't; joined, they are `text` again. */
export function highlight(text: string, query: string): Part[] {
  const wanted = new Set([...wordsOf(query)].map(([, stem]) => stem).filter((stem) => !STOP_WORDS.has(stem)));
  const parts: Part[] = [];
  let rest = 0;
  for (const [segment, stem] of wordsOf(text)) {
    if (wanted.has(stem)) {
      if (segment.index > rest) {
        parts.push({ text: text.slice(rest, segment.index), match: false });
      }
      parts.push({ text: segment.segment, match: true });
      rest = segment.index + segment.segment.length;
    }
  }
  if (rest < text.length) {
    parts.push({ text: text.slice(rest), match: false });
  }
  return parts;
}

function* wordsOf(text: string): Generator<[Intl.SegmentData, stem: string]> {
  for (const segment of words.segment(text)) {
    if (segment.isWordLike) {
      yield [segment, stem(segment.segment.normalize("NFKC").toLowerCase())];
    }
  }
}

/** Takes the commonest English endings off, so that "repairs" marks "repaired". */
function stem(word: string): string {
  const base = word.replace(/['’]s$/, "");
  if (base.length < 5) {
    return base.length === 4 ? base.replace(/(?<!s)s$/, "") : base;
  }
  return base
    .replace(/(?:ies|ied)$/, "y")
    .replace(/(?:ing|ed|es|(?<!s)s)$/, "")
    .replace(/e$/, "");
}
