// flexsearch: an index of documents with the options of its defaults and a tokenizer. Without `suggest` it would find
// documents that hold all words of a query only.

import { Document } from "/rivals/flexsearch/dist/flexsearch.bundle.module.min.mjs";

export function build({ passages }, { tokenize = "strict" } = {}) {
  const index = new Document({ tokenize, document: { id: "id", index: ["title", "text"] } });
  for (const [id, { title, text }] of passages.entries()) index.add({ id, title, text });
  return {
    search: ({ text }, k) => index.search(text, { limit: k, merge: true, suggest: true }).map(({ id }) => id),
  };
}
