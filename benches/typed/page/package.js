// Ours as users have it: a collection of the package, with its defaults and the model.

import { openCollection } from "/pkg/index.js";

export async function build({ passages }) {
  const collection = await openCollection("typed");
  await collection.loadModel();
  await collection.addMany(passages.map(({ text }, row) => ({ id: String(row), content: text })));
  return {
    async search({ text }, k, { mode }) {
      const { hits } = await collection.search(text, { k, mode, maxPerDocument: 1 });
      return hits.map(({ document }) => Number(document));
    },
    end: () => collection.destroy(),
  };
}
