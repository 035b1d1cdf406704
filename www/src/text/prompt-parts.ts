/** Finding the numbered markers of a prompt's sources in its text. */
import type { Citation } from "ibid";

export interface PromptPart {
  text: string;
  /** The citation that the text is the marker of, such as `[1]`. */
  citation?: Citation;
}

/**
 * Splits a message at the markers that open its sources. Only there they stand before the boundary, which no document has, so
 * that a `[2]` inside a document is not taken for the marker of the second source.
 */
export function promptParts(content: string, citations: readonly Citation[], boundary: string): PromptPart[] {
  const parts: PromptPart[] = [];
  let rest = 0;
  for (const citation of citations) {
    const marker = `[${citation.number}]`;
    const at = content.indexOf(`${marker} <${boundary} `, rest);
    if (at < 0) {
      break;
    }
    parts.push({ text: content.slice(rest, at) }, { text: marker, citation });
    rest = at + marker.length;
  }
  parts.push({ text: content.slice(rest) });
  return parts.filter((part) => part.text !== "");
}
