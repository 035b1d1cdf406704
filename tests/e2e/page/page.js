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

/**
 * Opens a collection and waits for its model. Where that cannot be loaded the collection is closed again, and the error
 * is what made it fail.
 */
async function openReady(name, options) {
  const collection = await ibid.openCollection(name, options);
  try {
    await collection.loadModel();
  } catch (error) {
    await collection.close();
    throw error;
  }
  return collection;
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

// A test may take it away from the package.
const { subtle } = crypto;

async function sha256(bytes) {
  return Array.from(new Uint8Array(await subtle.digest("SHA-256", bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** What loads models, and a core for it, as the package's worker has them. */
async function modelLoader() {
  const [files, kept, { loadCore }] = await Promise.all([
    import("/pkg/model/files.js"),
    import("/pkg/model/kept.js"),
    import("/pkg/workers/core.js"),
  ]);
  const { core } = await loadCore(undefined);
  return { ...files, ...kept, core };
}

/**
 * The hashes of the files in a model folder, and its fingerprint, loaded as the package's worker does it; `checked` is
 * what became of asking the server afterwards. `arrived` is the progress so far.
 * @param {string} path
 * @param {{ signal?: AbortSignal, fingerprint?: string, newest?: boolean, pinned?: string }} [options]
 */
async function loadFolder(path, options) {
  const { loadModel, core } = await modelLoader();
  globalThis.arrived = undefined;
  const onProgress = (progress) => {
    globalThis.arrived = progress;
  };
  const { files, check } = await loadModel(new URL(path, location.href).href, core, {
    onProgress,
    ...options,
  });
  const { manifest, tokenizer, weights } = files;
  const [manifestHash, tokenizerHash, weightsHash] = await Promise.all(
    [manifest, tokenizer, weights].map(sha256),
  );
  const fingerprint = core.modelFingerprint(manifest, tokenizer);
  const { error, ...checked } = await check();
  if (error) checked.code = error.code;
  return { manifest: manifestHash, tokenizer: tokenizerHash, weights: weightsHash, fingerprint, checked };
}

/** The files and keys of what the package keeps of models. */
async function keptModelFiles() {
  const cache = await caches.open("ibid-models-v1");
  const urls = (await cache.keys()).map(({ url }) => new URL(url));
  return urls.map((url) => `${url.pathname} ${url.searchParams.get("ibid")}`).sort();
}

Object.assign(globalThis, {
  ibid,
  outcome,
  openReady,
  sliceBack,
  prose,
  modelLoader,
  loadFolder,
  keptModelFiles,
});
