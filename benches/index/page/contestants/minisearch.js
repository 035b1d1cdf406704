// minisearch: words only, with the options of its defaults.

import MiniSearch from "/rivals/minisearch/dist/es/index.js";

export function build({ passages }) {
  const index = new MiniSearch({ fields: ["title", "text"] });
  index.addAll(passages.map(({ title, text }, id) => ({ id, title, text })));
  return {
    search: ({ text }, k) =>
      index
        .search(text)
        .slice(0, k)
        .map(({ id }) => id),
    bytes: () => new Blob([JSON.stringify(index)]).size,
  };
}
