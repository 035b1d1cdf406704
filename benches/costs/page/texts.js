// Texts of any number and length out of real passages, the same in every run; used by pages and by Node.

/**
 * Passages without end: the given ones, then ones that begin like one of them and end like another, so that no two are
 * the same.
 * @param {{ text: string }[]} passages
 */
export function* endlessPassages(passages) {
  const halves = passages.map(({ text }) => {
    const middle = text.indexOf(" ", text.length / 2);
    return middle < 0 ? [text, ""] : [text.slice(0, middle), text.slice(middle)];
  });
  for (let shift = 0; ; shift++) {
    for (let at = 0; at < halves.length; at++) {
      yield halves[at][0] + halves[(at + shift) % halves.length][1];
    }
  }
}

/** So many passages as the index benchmarks have them. */
export function manyPassages(passages, count) {
  const endless = endlessPassages(passages);
  return Array.from({ length: count }, () => ({ title: "", text: endless.next().value }));
}

/** The next passages as paragraphs of one text that is as long as `length` in UTF-16 code units, or a little longer. */
export function nextText(passages, length) {
  const paragraphs = [];
  for (let left = length; left > 0; left -= paragraphs.at(-1).length + 2)
    paragraphs.push(passages.next().value);
  return paragraphs.join("\n\n");
}

/**
 * So many documents of one passage each: its number, so that no two are the same, and the first words of a passage.
 * @param {{ text: string }[]} passages
 * @param {number} count
 * @param {number} words
 */
export function shortDocuments(passages, count, words) {
  const endless = endlessPassages(passages);
  return Array.from({ length: count }, (_, at) => ({
    id: `short ${at}`,
    content: [at, ...endless.next().value.split(/\s+/)].slice(0, words).join(" "),
  }));
}
