// A worker that makes a large stored collection out of few real texts and vectors, by the core itself.

import init, { CollectionMaker } from "/core/index_relaxed.js";
import { VectorSource } from "/index/vectors.js";
import { answer } from "/page/worker.js";
import { endlessPassages, nextText } from "./texts.js";

const MODEL = "/models/all-minilm-l6-v2/";

/** About so many code units of text are added by one commit: some thousand chunks. */
const COMMIT_LENGTH = 4e6;

/** About as many code units of text as a chunk has that the others do not. */
const CHUNK_LENGTH = 860;

const bytesOf = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());

async function open(name, dimensions) {
  await init({ module_or_path: "/core/index_relaxed_bg.wasm" });
  const files = ["model.json", "tokenizer.json", "weights.safetensors"].map((file) => bytesOf(MODEL + file));
  const real = new Float32Array((await bytesOf("/data/passages.f32")).buffer);
  const vectors = new VectorSource(real, dimensions);
  return CollectionMaker.open(name, ...(await Promise.all(files)), (count) => vectors.take(count));
}

answer({
  open() {},

  /**
   * Makes the collection `name`, of documents of `length` code units each: until there are so many documents, or at least
   * so many chunks.
   */
  async make({ name, dimensions, length, documents = Infinity, chunks = Infinity }) {
    const maker = await open(name, dimensions);
    const passages = endlessPassages(await (await fetch("/data/passages.json")).json());
    const perCommit = Math.max(1, Math.floor(COMMIT_LENGTH / length));
    let made = { documents: 0, chunks: 0 };
    while (made.documents < documents && made.chunks < chunks) {
      const missing = Math.min(documents - made.documents, ((chunks - made.chunks) * CHUNK_LENGTH) / length);
      const count = Math.min(perCommit, Math.ceil(missing));
      const ids = Array.from({ length: count }, (_, at) => `made ${made.documents + at}`);
      const texts = ids.map(() => nextText(passages, length));
      made = { documents: made.documents + count, chunks: await maker.add(ids, texts) };
    }
    await maker.maintain();
    return made;
  },
});
