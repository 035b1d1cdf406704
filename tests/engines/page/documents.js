// What the steps add and ask: texts in four formats, and a sentence in each that answers a question.

const LEASE = `# Lease

## Repairs

The landlord repairs the roof within thirty days of a written notice. 🏠 The tenant pays for small repairs up to 100 euros.

## Notice

The notice period is three months to the end of a month.
`;

/** A web page, with a part that is no content. */
const RULES = `<!doctype html><title>House rules</title><nav>Home | Rules | Contact</nav>
<main><h1>House rules</h1><p>Bicycles are kept in the cellar. The washing machine may be used until nine in the evening.</p>
<h2>Pets</h2><p>Two cats per flat are welcome; dogs need the consent of all neighbours.</p></main>`;

const file = async (name) => (await fetch(`/documents/${name}`)).blob();

/** @returns {Promise<import("ibid").DocumentInput[]>} */
export const documents = async () => [
  { id: "lease", title: "Lease", content: LEASE, mediaType: "text/markdown", metadata: { year: 2024 } },
  {
    id: "rules",
    content: new File([RULES], "rules.html", { type: "text/html" }),
    metadata: { year: 2019 },
  },
  { id: "report", content: await file("pdf/reportlab-tables-en.pdf"), metadata: { year: 2024 } },
  { id: "mill", content: await file("office/python-docx-numbered.docx"), metadata: { year: 1871 } },
];

/** Queries, each with its filter and the document that is found first. */
export const QUESTIONS = [
  { query: "who repairs the roof?", first: "lease" },
  { query: "may I keep a dog?", first: "rules" },
  { query: "how heavy is a suction hose?", first: "report" },
  { query: "who owns the mill?", first: "mill" },
  { query: "may I keep a dog?", filter: { year: { $gte: 2020 } }, first: "lease" },
];
