// Ours: the index of the core, in one of its two builds.

const BATCH = 1000;

let core;

export async function load({ build }) {
  core = await import(`/core/index_${build}.js`);
  await core.default({ module_or_path: `/core/index_${build}_bg.wasm` });
  core.chooseProducts();
}

export function build({ vectors, passages, dimensions }, { linked = false } = {}) {
  const builder = new core.IndexBuilder();
  const rows = vectors?.length ?? passages.length;
  for (const { id, title, texts } of passages ? groupByDocument(passages) : documentsWithoutWords(rows)) {
    builder.push(id, title, texts);
  }
  for (let at = 0; at < (vectors?.length ?? 0); at += BATCH) {
    builder.pushVectors(join(vectors.slice(at, at + BATCH), dimensions), dimensions);
  }
  const index = builder.build();
  if (linked || index.wantsGraph) index.link();
  const search = {
    scan: ({ vector }, k, { every = 1 }) => index.scan(vector, k, every),
    exact: ({ vector }, k, { every = 1 }) => index.scanExactly(vector, k, every),
    meaning: ({ vector }, k, { every = 1 }) => index.searchByMeaning(vector, k, every),
    walk: ({ vector }, k) => index.walk(vector, k),
    words: ({ text }, k) => index.searchByWords(text, k),
    both: ({ text, vector }, k) => index.searchByBoth(text, vector, k),
  };
  return {
    search: (query, k, knob) => [...search[knob.by](query, k, knob)],
    bytes: () => index.segmentBytes() + index.vectorBytes() + index.graphBytes(),
    facts: () => ({
      rows,
      segment: index.segmentBytes(),
      vectors: index.vectorBytes(),
      graph: index.graphBytes(),
    }),
  };
}

function join(vectors, dimensions) {
  const joined = new Float32Array(vectors.length * dimensions);
  for (const [at, vector] of vectors.entries()) joined.set(vector, at * dimensions);
  return joined;
}

/** Passages of a document follow each other, so that rows stay in order. */
function groupByDocument(passages) {
  const documents = [];
  for (const { document: id, title, text } of passages) {
    if (documents.at(-1)?.id !== id) documents.push({ id, title, texts: [] });
    documents.at(-1).texts.push(`${text}\n`);
  }
  return documents;
}

const documentsWithoutWords = (rows) =>
  Array.from({ length: rows }, (_, row) => ({ id: String(row).padStart(8, "0"), title: "", texts: [""] }));
