// What the workers of both sides have in common: they time themselves.

import { answer } from "/page/worker.js";

/**
 * Answers the requests of the page.
 * @param {{
 *   open(settings: object): Promise<object>,
 *   embed(text: string): Promise<{ vector: Float32Array, tokens: number }>,
 *   embedBulk?(texts: string[], batchSize: number): Promise<Float32Array[]>,
 *   memory?(): number,
 * }} contestant `embed` gets text and gives a vector of unit length: everything between is timed
 */
export function serve(contestant) {
  answer({
    ...contestant,

    /** Embeds each text by itself; `milliseconds` is the mean of them. */
    async embedEach(texts) {
      const embeddings = [];
      const start = performance.now();
      for (const text of texts) embeddings.push(await contestant.embed(text));
      return { milliseconds: (performance.now() - start) / texts.length, embeddings };
    },
  });
}
