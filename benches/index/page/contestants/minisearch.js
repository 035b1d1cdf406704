// minisearch: words only, with the options of its defaults; a knob may have others for its search.

import MiniSearch from "/rivals/minisearch/dist/es/index.js";

export function build({ passages }) {
  const index = new MiniSearch({ fields: ["title", "text"] });
  index.addAll(passages.map(({ title, text }, id) => ({ id, title, text })));
  return {
    search: ({ text }, k, { options } = {}) =>
      index
        .search(text, options)
        .slice(0, k)
        .map(({ id }) => id),
    bytes: () => new Blob([JSON.stringify(index)]).size,
  };
}
