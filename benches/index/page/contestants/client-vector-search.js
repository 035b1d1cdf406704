// client-vector-search: cosines of every vector in JavaScript.

import { EmbeddingIndex } from "/rivals/client-vector-search/dist/index.mjs";

export function build({ vectors }) {
  const index = new EmbeddingIndex();
  for (const [row, vector] of vectors.entries()) index.add({ id: row, embedding: [...vector] });
  return {
    async search({ vector }, k) {
      const hits = await index.search([...vector], { topK: k });
      return hits.map(({ object }) => object.id);
    },
    /** It keeps objects in IndexedDB, whose size only the browser knows. */
    async bytes() {
      const { usage: before } = await navigator.storage.estimate();
      await index.saveIndex("indexedDB");
      const { usage: after } = await navigator.storage.estimate();
      return after - before;
    },
  };
}
