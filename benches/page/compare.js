// The side of the benchmark that runs in the page.

import { openCollection } from "/pkg/index.js";

const [CLS, SEP, THE] = [101, 102, 1996];

/** Milliseconds that `work` takes. */
async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** onnxruntime-web on one thread. It gets token ids, so its tokenizer costs it nothing. */
async function openRival() {
  const ort = await import("/ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/ort/";
  const session = await ort.InferenceSession.create("/rival/model_uint8.onnx");
  return (tokens) => {
    const tensor = (value) =>
      new ort.Tensor("int64", BigInt64Array.from({ length: tokens }, value), [1, tokens]);
    const ids = (_, at) => BigInt(at === 0 ? CLS : at === tokens - 1 ? SEP : THE);
    const feeds = {
      input_ids: tensor(ids),
      attention_mask: tensor(() => 1n),
      token_type_ids: tensor(() => 0n),
    };
    return session.run(feeds);
  };
}

globalThis.compare = async (lengths, rounds, withRival) => {
  const collection = await openCollection("benchmark");
  const runRival = withRival ? await openRival() : undefined;
  const rows = lengths.map((tokens) => ({ tokens, ours: [], theirs: [] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { tokens, ours, theirs } of rows) {
      // One word is one token; two are special.
      const text = "the ".repeat(tokens - 2).trim();
      const [mine, other] = [
        await time(() => collection.embed([text], "query")),
        runRival && (await time(() => runRival(tokens))),
      ];
      // The first round warms both up.
      if (round > 0) {
        ours.push(mine);
        if (other !== undefined) theirs.push(other);
      }
    }
  }
  await collection.destroy();
  return rows.map(({ tokens, ours, theirs }) => ({
    tokens,
    ours: median(ours),
    theirs: theirs.length ? median(theirs) : null,
  }));
};
