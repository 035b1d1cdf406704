// Holds what a page finds in its collection against what has to be there.

/** What was acknowledged is not there, or what is there is not whole. */
export class Loss extends Error {
  name = "Loss";
}

/** Throws a {@link Loss} unless something holds. */
export function hold(holds, message, details) {
  if (!holds) throw new Loss(details === undefined ? message : `${message}: ${JSON.stringify(details)}`);
}

/** Documents as one string for each, to be compared. */
const lines = (documents) =>
  [...documents.values()]
    .map(({ id, content, metadata }) => JSON.stringify([id, content, metadata.version]))
    .sort();

/**
 * Which of several states is stored, and that nothing is damaged.
 * @template {{ documents: import("./operations.js").Documents }} S
 * @param {import("playwright-core").Page} page
 * @param {S[]} states what may be there
 * @returns {Promise<S & { records: number, question?: string }>}
 */
export async function storedState(page, states) {
  const { documents, damaged, records, broken, question } = await page.evaluate(() => stored());
  hold(damaged.length === 0, "check() finds damage", damaged);
  hold(broken.length === 0, "the trail is broken", broken);
  const found = documents.map(({ id, text, version }) => JSON.stringify([id, text, version])).sort();
  const state = states.find((state) => lines(state.documents).join() === found.join());
  if (state === undefined) {
    const [expected] = states.map((state) => lines(state.documents));
    throw new Loss(
      `what is stored is none of ${states.length} states. Of the first one ${describeDifference(expected, found)}`,
    );
  }
  return { ...state, records, question };
}

/** What is in one list only. */
function describeDifference(expected, found) {
  const short = (list) => list.map((line) => line.slice(0, 200)).join("\n  ") || "nothing";
  const missing = expected.filter((line) => !found.includes(line));
  const other = found.filter((line) => !expected.includes(line));
  return `there is missing:\n  ${short(missing)}\nand there is instead:\n  ${short(other)}`;
}

/**
 * That each document is found by the word that only it has, that no other text is found, and that all get their vectors.
 * @param {import("playwright-core").Page} page
 * @param {import("./operations.js").Documents} documents
 */
export async function isFound(page, documents) {
  await isFoundByWords(page, documents);
  const state = await page.evaluate(() => drained());
  hold(state.isDone, "the work in the background does not come to an end", state);
  hold(state.vectors === state.chunks, "chunks are not found by meaning", state);
  await isFoundByWords(page, documents); // segments may have been merged meanwhile
  return state;
}

async function isFoundByWords(page, documents) {
  const versions = [...documents.values()];
  const results = await page.evaluate(
    (words) => found(words),
    versions.map(({ metadata }) => metadata.version),
  );
  for (const [at, { id, content, metadata }] of versions.entries()) {
    const ids = [...new Set(results[at].map((hit) => hit.id))];
    hold(ids.join() === id, `the word ${metadata.version} of ${id} finds something else`, ids);
    for (const { text } of results[at])
      hold(content.includes(text), `a chunk of ${id} is of another text`, text);
  }
}
