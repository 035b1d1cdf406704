/** What Markdown emphasises: words between double or single asterisks that touch them. */
const EMPHASIS = /\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])/g;

export interface Emphasis {
  kind: "strong" | "em";
  /** With its asterisks, of which there are `width` on each side. */
  start: number;
  end: number;
  width: number;
}

/** What is emphasised in a text, in order. */
export function emphases(text: string): Emphasis[] {
  return [...text.matchAll(EMPHASIS)].map(({ 0: whole, 1: strong, index }) => ({
    kind: strong === undefined ? "em" : "strong",
    start: index,
    end: index + whole.length,
    width: strong === undefined ? 1 : 2,
  }));
}
