// Documents as people have them: read in a worker of their own, found, and located in the original.

import assert from "node:assert/strict";
import { fromRoot, packageSite } from "./package-site.js";

const scenario = packageSite({ "/documents": fromRoot("tests/fixtures/documents") });

async function open() {
  globalThis.collection = await ibid.openCollection("documents");
  /** A file of the fixtures, as a file chooser gives it. */
  globalThis.file = async (path, type = "") => {
    const bytes = await (await fetch(`/documents/${path}`)).arrayBuffer();
    return new File([bytes], path.split("/").pop(), { type });
  };
  globalThis.add = async (id, content, more) => collection.add({ id, content, ...more });
  globalThis.first = async (query) => {
    const { hits } = await collection.search(query, { mode: "lexical" });
    return hits[0];
  };
}

scenario("each format is read, found, and stands where it stands", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const files = [
    "office/pandoc-en.docx",
    "office/openpyxl-en.xlsx",
    "office/python-pptx-en.pptx",
    "office/pandoc-de.odt",
    "office/ebooklib-en.epub",
    "pdf/reportlab-tables-en.pdf",
    "html/news-modern.html",
    "mail/python-mixed.eml",
    "table/python-excel.csv",
    "json/jq-indented.json",
  ];
  const read = await page.evaluate(async (files) => {
    const read = [];
    for (const path of files) {
      const outcome_ = await outcome(async () => add(path, await file(path)));
      const stored = await collection.get(path);
      const hits = (await collection.search("the", { mode: "lexical", filter: {} })).hits;
      const sound = await sliceBack(collection, hits);
      const places = stored && (await collection.locate(path, { start: 0, end: stored.length }));
      read.push({
        path,
        ...outcome_,
        type: stored?.mediaType,
        title: stored?.title,
        text: stored?.text,
        places,
        sound,
      });
    }
    return read;
  }, files);
  for (const { path, code, message, text, sound, places } of read) {
    assert.equal(code, undefined, `${path}: ${message}`);
    assert.ok(text.length > 20, path);
    assert.ok(sound, path);
    assert.ok(places.length > 0, path);
  }
  const kinds = Object.fromEntries(read.map(({ path, places }) => [path.split(".").pop(), places[0].kind]));
  assert.deepEqual(kinds, {
    docx: "paragraph",
    xlsx: "cell",
    pptx: "paragraph",
    odt: "paragraph",
    epub: "bytes",
    pdf: "page",
    html: "bytes",
    eml: "bytes",
    csv: "bytes",
    json: "bytes",
  });
});

scenario("a passage of a PDF has its page, and rectangles on it", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const found = await page.evaluate(async () => {
    const pages = [];
    await collection.add(
      { id: "tables", content: await file("pdf/reportlab-tables-en.pdf") },
      { onProgress: ({ phase, done, total }) => phase === "extracting" && pages.push([done, total]) },
    );
    const { text } = await collection.get("tables");
    const { chunk, passage } = await first("ball bearing");
    return { pages, chunk, passage, text, places: await collection.locate("tables", chunk) };
  });
  assert.deepEqual(found.pages.at(-1), [3, 3]);
  assert.ok(found.chunk.page >= 1 && found.chunk.page <= 3);
  assert.ok(found.places.every(({ kind, width, height }) => kind === "page" && width > 0 && height > 0));
  assert.equal(found.text.slice(found.chunk.start, found.chunk.end), found.chunk.text);
});

scenario("what cannot be read says why, and nothing that is stored is lost", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const outcomes = await page.evaluate(async () => {
    await add("kept", "What was stored stays.");
    const bytes = (...parts) => new File(parts, "file.pdf", { type: "application/pdf" });
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0]);
    const ole = new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...new Array(512).fill(0)]);
    const cases = {
      encrypted: async () => add("kept", await file("pdf/encrypted.pdf")),
      "wrong password": async () => add("kept", await file("pdf/encrypted.pdf"), { password: "nut" }),
      "encrypted Word": async () => add("kept", await file("office/encrypted.docx")),
      picture: () => add("kept", bytes(png)),
      "no PDF": () => add("kept", bytes("%PDF-1.7 and nothing more")),
      old: () => add("kept", new File([ole], "old.doc")),
      archive: () => add("kept", new File(["PK\u0003\u0004nothing"], "x.docx")),
      json: () => add("kept", '{"a": ', { mediaType: "application/json" }),
      unknown: () => add("kept", "x", { mediaType: "application/x-foo" }),
    };
    const outcomes = {};
    for (const [name, call] of Object.entries(cases)) {
      outcomes[name] = await outcome(call);
    }
    return { outcomes, kept: (await collection.get("kept")).text };
  });
  const codes = Object.fromEntries(Object.entries(outcomes.outcomes).map(([name, { code }]) => [name, code]));
  assert.deepEqual(codes, {
    encrypted: "document-encrypted",
    "wrong password": "document-encrypted",
    "encrypted Word": "document-encrypted",
    picture: "unsupported-media-type",
    "no PDF": "malformed-document",
    old: "unsupported-media-type",
    archive: "malformed-document",
    json: "malformed-document",
    unknown: "unsupported-media-type",
  });
  for (const { message } of Object.values(outcomes.outcomes)) {
    assert.match(message, /"kept"/);
  }
  assert.equal(outcomes.kept, "What was stored stays.");
});

scenario("a password opens a PDF, and a charset an old text", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const texts = await page.evaluate(async () => {
    await add("locked", await file("pdf/encrypted.pdf"), { password: "spanner" });
    await add("old", new Uint8Array([0x63, 0x61, 0x66, 0xe9]), { charset: "windows-1252" });
    await add("wide", new Uint8Array([0xff, 0xfe, 104, 0, 105, 0]));
    return Promise.all(["locked", "old", "wide"].map(async (id) => (await collection.get(id)).text));
  });
  assert.match(texts[0], /Ball bearing/);
  assert.deepEqual(texts.slice(1), ["café", "hi"]);
});

scenario("what a page extracts itself goes in with its pages", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const extractors = {
      "application/x-foo": async (bytes) => ({
        text: `Pump\n${new TextDecoder().decode(bytes)}`,
        blocks: [
          { start: 0, end: 4, kind: "heading" },
          { start: 5, end: 5 + bytes.length, kind: "paragraph" },
        ],
        title: "Foo",
      }),
    };
    const collection = await ibid.openCollection("given", { extractors });
    await collection.add({
      id: "pages",
      content: { pages: ["The roof.", "The valve."], title: "Two pages" },
    });
    await collection.add({ id: "foo", content: new Blob(["It needs oil."], { type: "application/x-foo" }) });
    const search = async (query) => (await collection.search(query, { mode: "lexical" })).hits[0];
    const [{ title, chunk }, oil] = [await search("valve"), await search("oil")];
    const at = chunk.text.indexOf("valve") + chunk.start;
    const places = await collection.locate("pages", { start: at, end: at + 5 });
    const bad = await outcome(() =>
      collection.add({ id: "bad", content: { text: "a", pages: [{ start: 0, end: 9 }] } }),
    );
    return { title, places, section: oil.chunk.section, own: oil.title, list: await collection.list(), bad };
  });
  assert.equal(found.title, "Two pages");
  assert.deepEqual(found.places, [{ kind: "page", page: 2 }]);
  assert.deepEqual([found.section, found.own], [["Pump"], "Foo"]);
  assert.equal(found.list[0].mediaType, "application/x-foo");
  assert.equal(found.bad.code, "invalid-argument");
  assert.match(found.bad.message, /"bad".*pages\[0\]/);
});

scenario(
  "one of many that cannot be read holds up no other, and the worker ends when it has nothing to do",
  async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open);
    const outcomes = await page.evaluate(async () =>
      (
        await collection.addMany([
          { id: "a", content: await file("office/pandoc-en.docx") },
          { id: "b", content: new File(["%PDF-1.7"], "b.pdf") },
          { id: "c", content: await file("pdf/libreoffice-fr.pdf") },
          { id: "d", content: "Words." },
        ])
      ).map(({ id, status, error }) => [id, status, error?.code]),
    );
    assert.deepEqual(outcomes, [
      ["a", "added", undefined],
      ["b", "failed", "malformed-document"],
      ["c", "added", undefined],
      ["d", "added", undefined],
    ]);
  },
);

/** A PDF file whose second page is named but not there. */
function pdfWithoutPage() {
  const text = "BT /F 12 Tf 72 720 Td (The first page is whole.) Tj ET";
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  const starts = [];
  let file = "%PDF-1.4\n";
  for (const [at, object] of objects.entries()) {
    starts.push(file.length);
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  return (
    `${file}xref\n0 6\n0000000000 65535 f \n${table}` +
    `trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF`
  );
}

scenario(
  "a PDF is read by the worker of the one before, but not where that had anything wrong",
  async ({ visit, requests }) => {
    const page = await visit();
    await page.evaluate(open);
    const started = () => requests.filter((url) => url.endsWith("/pdf.worker.min.mjs")).length;
    const add = (id, content) =>
      page.evaluate(
        async ([id, content]) => {
          const { code } = await outcome(async () =>
            collection.add({
              id,
              content: content ? new File([content], "made.pdf") : await file("pdf/libreoffice-fr.pdf"),
            }),
          );
          const stored = await collection.get(id);
          return { code, text: stored?.text, unread: stored?.metadata.pagesNotRead };
        },
        [id, content],
      );
    const first = await add("first");
    assert.equal(first.code, undefined);
    assert.deepEqual([await add("second"), started()], [first, 1]);
    assert.equal((await add("torn", "%PDF-1.7 and nothing more")).code, "malformed-document");
    assert.deepEqual([await add("after it"), started()], [first, 2]);
    const half = await add("half", pdfWithoutPage());
    assert.match(half.text, /The first page is whole/);
    assert.deepEqual(half.unread, [2]);
    assert.deepEqual([await add("after that"), started()], [first, 3]);
  },
);

scenario("an abort ends the reading of its own document only", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const codes = await page.evaluate(async () => {
    const files = await Promise.all([file("pdf/latex-two-columns-en.pdf"), file("pdf/libreoffice-fr.pdf")]);
    const controller = new AbortController();
    const adding = [
      outcome(() => collection.add({ id: "a", content: files[0] }, { signal: controller.signal })),
      outcome(() => collection.add({ id: "b", content: files[1] })),
    ];
    setTimeout(() => controller.abort(), 50);
    const outcomes = await Promise.all(adding);
    const again = await outcome(() => collection.add({ id: "a", content: files[0] }));
    return [...outcomes, again].map(({ code }) => code);
  });
  assert.deepEqual(codes, ["aborted", undefined, undefined]);
});

scenario("text and Markdown never load the part for documents", async ({ visit, requests }) => {
  const page = await visit();
  await page.evaluate(open);
  await page.evaluate(async () => {
    await add("a", "# Pump\n\nIt needs oil.", { mediaType: "text/markdown" });
    await add("b", new File(["# Pump\n\nIt needs oil."], "b.md"));
    await add("c", new File(["It needs oil."], "c.txt", { type: "text/plain" }));
  });
  assert.deepEqual(
    requests.filter((url) => /ibid_documents|documents-worker|pdfjs/.test(url)),
    [],
  );
});
