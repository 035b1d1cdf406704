import { useCollection, useSearch } from "ibid/react";
import { useState } from "react";

export function Search() {
  const { collection, error } = useCollection("contracts", { model: "all-minilm-l6-v2" });
  const [query, setQuery] = useState("");
  const { hits, loading } = useSearch(collection, query, { k: 8, prefix: true });
  if (error) return <p role="alert">{String(error)}</p>;
  return (
    <>
      <input type="search" aria-label="Search" onChange={({ target }) => setQuery(target.value)} />
      <ol aria-busy={loading}>
        {hits.map(({ document, chunk }) => (
          <li key={`${document} ${chunk.start}`}>{chunk.text}</li>
        ))}
      </ol>
    </>
  );
}
