// @orama/orama in its three modes. A vector is found where its cosine is at least `similarity`, 0.8 by default, which
// is far beyond what questions and passages come to with this model. It takes vectors as plain arrays only.

import { create, insertMultiple, load, save, search } from "/rivals/@orama/orama/dist/browser/index.js";
import { keepValue, readValue } from "../kept-values.js";

/** The key of what is kept, by its form. */
const keyOf = (asJson) => (asJson ? "orama as JSON" : "orama");

const createIndex = ({ words, vectors, dimensions }) =>
  create({
    schema: {
      ...(words && { title: "string", text: "string" }),
      ...(vectors && { vector: `vector[${dimensions}]` }),
    },
  });

export async function build({ vectors, passages, dimensions }, { asJson } = {}) {
  const count = vectors?.length ?? passages.length;
  const index = createIndex({ words: passages, vectors, dimensions });
  const documents = Array.from({ length: count }, (_, row) => ({
    id: String(row),
    ...(passages && { title: passages[row].title, text: passages[row].text }),
    ...(vectors && { vector: [...vectors[row]] }),
  }));
  await insertMultiple(index, documents, 500);
  return {
    ...searches(index),
    bytes: () => new Blob([JSON.stringify(save(index))]).size,
    save: () => keepValue(keyOf(asJson), asJson ? JSON.stringify(save(index)) : save(index)),
  };
}

/** An index of words and vectors, from the objects that `save` gives or, with `asJson`, from their text. */
export async function restore({ dimensions }, { asJson } = {}) {
  const kept = await readValue(keyOf(asJson));
  const index = createIndex({ words: true, vectors: true, dimensions });
  load(index, asJson ? JSON.parse(kept) : kept);
  return searches(index);
}

function searches(index) {
  return {
    async search({ text, vector }, k, { mode, similarity, tolerance }) {
      const words = mode !== "vector" && { term: text, tolerance };
      const meaning = mode !== "fulltext" && { vector: { value: vector, property: "vector" }, similarity };
      const { hits } = await search(index, { mode, limit: k, ...words, ...meaning });
      return hits.map(({ id }) => Number(id));
    },
  };
}
