// The side of the typed queries that runs in the page: one contestant over one small collection after the other. Nothing is
// timed, so no worker is needed.

/**
 * Asks the contestant of the module `script` every query of every case.
 * @returns {Promise<string[][][][]>} by knob, case and query the names of the best `k` documents
 */
async function answers({ script, settings, knobs, cases, k }) {
  const adapter = await import(script);
  const answers = knobs.map(() => []);
  for (const { docs, queries } of cases) {
    const names = Object.keys(docs);
    const passages = Object.values(docs).map((text) => ({ title: "", text }));
    const contestant = await adapter.build({ passages }, settings);
    for (const [at, knob] of knobs.entries()) {
      const found = [];
      for (const { text } of queries) {
        const rows = await contestant.search({ text }, k, knob);
        found.push(rows.map((row) => names[row]));
      }
      answers[at].push(found);
    }
    await contestant.end?.();
  }
  return answers;
}

globalThis.benchmarks = { answers };
