// @orama/orama in its three modes. A vector is found where its cosine is at least `similarity`, 0.8 by default, which
// is far beyond what questions and passages come to with this model. It takes vectors as plain arrays only.

import { create, insertMultiple, save, search } from "/rivals/@orama/orama/dist/browser/index.js";

export async function build({ vectors, passages, dimensions }) {
  const count = vectors?.length ?? passages.length;
  const index = create({
    schema: {
      ...(passages && { title: "string", text: "string" }),
      ...(vectors && { vector: `vector[${dimensions}]` }),
    },
  });
  const documents = Array.from({ length: count }, (_, row) => ({
    id: String(row),
    ...(passages && { title: passages[row].title, text: passages[row].text }),
    ...(vectors && { vector: [...vectors[row]] }),
  }));
  await insertMultiple(index, documents, 500);
  return {
    async search({ text, vector }, k, { mode, similarity }) {
      const words = mode !== "vector" && { term: text };
      const meaning = mode !== "fulltext" && { vector: { value: vector, property: "vector" }, similarity };
      const { hits } = await search(index, { mode, limit: k, ...words, ...meaning });
      return hits.map(({ id }) => Number(id));
    },
    bytes: () => new Blob([JSON.stringify(save(index))]).size,
  };
}
