import { openCollection } from "ibid";

const collection = await openCollection("house");
await collection.addMany([
  {
    id: "lease",
    language: "english",
    content: "The landlord repaired the roof of the public library. The tenant paid a security deposit.",
  },
  { id: "vertrag", language: "german", content: "Die Dachreparatur zahlt der Vermieter." },
]);

// #region forms
const { hits } = await collection.search("repairing the lirbary", { mode: "lexical" });
const forms = hits[0]?.matches.map(({ term, kind }) => `${term}: ${kind}`);
// ["repairing: stem", "lirbary: typo"]
// #endregion forms

// #region prefix
const typed = await collection.search("security depo", { mode: "lexical", prefix: true });

// #endregion prefix

// #region marks
import type { Hit } from "ibid";

/** The text of a hit as nodes: words of the query in `mark`s, the sentences that answer in `strong`s. */
function marked({ chunk, evidence, matches }: Hit): Node[] {
  const slice = (start: number, end: number) =>
    document.createTextNode(chunk.text.slice(start - chunk.start, end - chunk.start));
  const between = (from: number, to: number): Node[] => {
    const nodes: Node[] = [];
    let rest = from;
    for (const { start, end } of matches.filter((match) => match.start < to && match.end > from)) {
      const mark = document.createElement("mark");
      mark.append(slice(Math.max(start, from), Math.min(end, to)));
      nodes.push(slice(rest, Math.max(start, from)), mark);
      rest = Math.min(end, to);
    }
    return [...nodes, slice(rest, to)];
  };
  const all: Node[] = [];
  let rest = chunk.start;
  for (const { start, end } of [...evidence].sort((a, b) => a.start - b.start)) {
    const strong = document.createElement("strong");
    strong.append(...between(start, end));
    all.push(...between(rest, start), strong);
    rest = end;
  }
  return [...all, ...between(rest, chunk.end)];
}

const item = document.createElement("li");
if (hits[0]) item.append(...marked(hits[0]));
// #endregion marks

// #region suggest
const { completions } = await collection.suggest("who repaired the ro", { limit: 5 });
// ["who repaired the roof"]
const { correction } = await collection.suggest("of the lirbary");
// "of the library"
// #endregion suggest

const html = item.innerHTML;
const texts = [item.textContent, hits[0]?.chunk.text];
const kinds = typed.hits[0]?.matches.map(({ kind }) => kind);

export { completions, correction, forms, html, kinds, texts };
