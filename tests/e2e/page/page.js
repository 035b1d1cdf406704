// The package as a page without a bundler uses it, and what the tests need to look at it from outside.

import * as ibid from "/pkg/index.js";

/**
 * What became of a call, in a form that crosses to the test: its result, or the facts of its error.
 * @param {() => unknown} call
 */
async function outcome(call) {
  try {
    return { result: await call() };
  } catch (error) {
    if (!(error instanceof ibid.IbidError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** Whether hits are exactly what the stored texts hold at their spans. */
async function sliceBack(collection, hits) {
  for (const { document, chunk } of hits) {
    const { text } = await collection.get(document);
    if (text.slice(chunk.start, chunk.end) !== chunk.text) return false;
  }
  return true;
}

/**
 * The same text each time: `words` made-up words in sentences.
 * @param {number} words
 * @param {string} [end] after each sentence
 */
function prose(words, end = " ") {
  const parts = [];
  let random = 1;
  for (let n = 1; n <= words; n++) {
    random = (random * 1103515245 + 12345) & 0x7fffffff;
    parts.push("term", (random >> 8) % 5000, n % 12 === 0 ? `.${end}` : " ");
  }
  return parts.join("");
}

Object.assign(globalThis, { ibid, outcome, sliceBack, prose });
