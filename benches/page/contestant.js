// What the workers of both sides have in common: they answer one request after the other, and time themselves.

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
  const methods = {
    ...contestant,

    /** Embeds each text by itself; `milliseconds` is the mean of them. */
    async embedEach(texts) {
      const embeddings = [];
      const start = performance.now();
      for (const text of texts) embeddings.push(await contestant.embed(text));
      return { milliseconds: (performance.now() - start) / texts.length, embeddings };
    },
  };
  self.addEventListener("message", async ({ data: { method, args } }) => {
    try {
      self.postMessage({ result: await methods[method](...args) });
    } catch (error) {
      self.postMessage({ error: error.message ?? String(error) });
    }
  });
}
