// #region add
import { openCollection } from "ibid";

const collection = await openCollection("manuals", { model: "all-minilm-l6-v2" });

// A text of your own.
await collection.add({ id: "note", title: "Note", content: "The boiler was serviced in May." });

// A file that the reader chose, dropped or downloaded: its bytes say what it is.
const response = await fetch("/files/reportlab-tables-en.pdf");
const file = new File([await response.blob()], "report.pdf");
const { chunks } = await collection.add({ id: "report", content: file });
// #endregion add

// #region place
const { hits } = await collection.search("table", { k: 1 });
const [hit] = hits;
const places = hit ? await collection.locate(hit.document, hit.chunk) : [];
// #endregion place

// #region many
const outcomes = await collection.addMany([
  { id: "rules", content: "Bicycles are kept in the cellar." },
  { id: "broken", content: new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])], { type: "image/jpeg" }) },
]);
const failures = outcomes.flatMap((outcome) =>
  outcome.status === "failed" ? [`${outcome.id}: ${outcome.error.code}`] : [],
);
// #endregion many

// #region stored
const note = await collection.get("note"); // with its text; get(id, { start, end }) has a part of it
const start = await collection.get("note", { start: 0, end: 10 });
const isThere = await collection.has("rules");
const listed = await collection.list({ offset: 0, limit: 20 }); // without texts
const gone = await collection.remove(["rules"]); // how many
const left = await collection.count(); // count(filter) counts those that it accepts
// #endregion stored

// #region extracted
await collection.add({
  id: "scan",
  title: "Scanned letter",
  content: { pages: ["Dear tenant,", "the stairs are painted on Monday."] },
});
const found = await collection.search("when are the stairs painted?", { k: 1 });
const page = found.hits[0]?.chunk.page; // the one on which the chunk begins

// #endregion extracted

// #region extractors
const notes = await openCollection("notes", {
  extractors: {
    "application/x-note": async (bytes) => ({ text: new TextDecoder().decode(bytes).replace(/^NOTE:/, "") }),
  },
});
await notes.add({
  id: "first",
  mediaType: "application/x-note",
  content: new Blob(["NOTE:Water the plants."]),
});
// #endregion extractors

const stored = { text: note?.text, start: start?.text, isThere, listed: listed.length, gone, left };
const extracted = (await notes.get("first"))?.text;

export { chunks, extracted, failures, hit, page, places, stored };
