// An application of React that searches while somebody types, in strict mode.

import { useAnswer, useCollection, useSearch } from "ibid/react";
import { StrictMode, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";

const OPTIONS = { model: "/tiny/", workerUrl: "/pkg/workers/worker.js", workers: 0 };

/** What each rendering showed of the search. */
const shown = [];

/** The query whose searches are held back in their second stage, until `release` is called. */
let held;
async function scorer(query, passages) {
  if (query === held) {
    await new Promise((resolve) => {
      globalThis.release = resolve;
    });
  }
  return passages.map(({ length }) => length);
}

function Search({ name = "papers", rerank = false }) {
  // Options are written in place, as people do.
  const { collection, error } = useCollection(name, { ...OPTIONS });
  const [query, setQuery] = useState("");
  const options = { mode: "lexical", k: 4, debounce: 60, ...(rerank && { rerank: { scorer } }) };
  const { hits, result, loading, error: failure } = useSearch(collection, query, options);
  globalThis.collection = collection;
  shown.push({ asked: query, of: result?.query, loading, hits: hits.map(({ document }) => document) });
  return (
    <main>
      <input aria-label="query" value={query} onChange={({ target }) => setQuery(target.value)} />
      <p>{error ? `failed: ${error.code}` : collection ? "open" : "opening"}</p>
      <ol data-query={result?.query}>
        {hits.map(({ document, chunk }) => (
          <li key={document}>{chunk.text}</li>
        ))}
      </ol>
      <output>{failure ? `failed: ${failure.code}` : loading ? "loading" : "settled"}</output>
    </main>
  );
}

function Answer({ question, model }) {
  const { collection } = useCollection("papers", OPTIONS);
  const { text, verdicts, answer, loading, error, again } = useAnswer(
    collection,
    question,
    model ? { model, mode: "lexical", retry: false, unanswerable: "quote" } : { mode: "lexical" },
  );
  shown.push({
    text,
    loading,
    verdicts: verdicts.map(({ verdict }) => verdict),
    isWhole: answer !== undefined,
  });
  return (
    <section>
      <q>{text}</q>
      <output>{error ? String(error) : loading ? "loading" : "settled"}</output>
      <button type="button" onClick={again}>
        again
      </button>
    </section>
  );
}

let root;

const strict = (element) => <StrictMode>{element}</StrictMode>;

Object.assign(globalThis, {
  shown,
  hold: (query) => {
    held = query;
  },
  mount(kind, props) {
    root ??= createRoot(document.getElementById("root"));
    // A component of another identity, as after a change of its file.
    const Refreshed = kind === "answer" ? (given) => <Answer {...given} /> : (given) => <Search {...given} />;
    root.render(strict(<Refreshed {...props} />));
  },
  hydrate() {
    root = hydrateRoot(document.getElementById("root"), strict(<Search />));
  },
  unmount() {
    root.render(null);
  },
});
