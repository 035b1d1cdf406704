// Documents of other formats in the demo: files made by real programs are picked or dropped, asked, and opened where the
// answer stands. The tests share one page; each goes on from where the one before it ended.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser } from "../../scripts/browser.js";
import {
  ask,
  closeViewer,
  elsewhere,
  listDocuments,
  NOT_KEPT,
  newReader,
  openDemo,
  quoteAnyway,
  removeDocument,
  row,
  serveDemo,
  untilOpen,
  viewerText,
  waitUntilReady,
} from "./demo-support.js";

const fixture = (path) => new URL(`../fixtures/documents/${path}`, import.meta.url).pathname;

/** What is asked, what the citation holds, and where it has to open. */
const ASKED = [
  {
    file: "pdf/latex-two-columns-en.pdf",
    kind: "PDF",
    question: "Why are pumps that stand outside emptied before the first frost?",
    answer: /Water that freezes grows by a tenth of its volume/,
    page: 2,
  },
  {
    file: "office/pandoc-en.docx",
    kind: "Word document",
    question: "Below which pressure does the pump that feeds two boilers stop?",
    answer: /stops when the pressure falls below 1\.5 bar/,
  },
  {
    file: "html/government.html",
    kind: "Web page",
    question: "What is the fine for mooring without a licence?",
    answer: /You can be fined up to £2,500 for mooring without a licence/,
  },
  {
    file: "office/openpyxl-en.xlsx",
    kind: "Excel workbook",
    question: "Sales of the year by region: what is the amount for the region North?",
    answer: /North/,
    where: /Sales/,
  },
  {
    file: "mail/nodemailer-related.eml",
    kind: "Mail",
    question: "How often does the pump need oil?",
    answer: /The pump needs oil every spring/,
  },
];

const nameOf = (path) => path.split("/").at(-1);

const work = mkdtempSync(join(tmpdir(), "ibid-documents-"));
let demo;
let browser;
let page;
let requests;
let complaints;

before(async () => {
  demo = await serveDemo();
  browser = await launchBrowser();
  const reader = await newReader(browser, NOT_KEPT);
  ({ requests, complaints } = reader);
  page = await reader.context.newPage();
});

after(async () => {
  await browser?.close();
  demo?.stop();
  rmSync(work, { recursive: true });
});

/** A test after which the page must not have complained of anything. */
function step(name, run) {
  test(name, async (t) => {
    await run(t);
    assert.deepEqual(complaints.splice(0), []);
  });
}

const pick = (files) => page.getByTestId("file-input").setInputFiles(files);
const viewer = () => page.locator("[data-testid=viewer][open]");
const pageView = () => viewer().locator("ibid-page-view");

/** Opens the first citation whose quote is like this; with the least that is quoted all the same. */
async function openCitation(question, answer) {
  await ask(page, question);
  const { citations } = await quoteAnyway(page);
  const quotes = await page.getByTestId("quote").allTextContents();
  const place = quotes.findIndex((quote) => answer.test(quote));
  assert.ok(place >= 0, `none of the quotes is like ${answer}: ${JSON.stringify(quotes)}`);
  const citation = page.getByTestId("citation").nth(place);
  await citation.getByRole("link").click();
  return { ...citations[place], quote: quotes[place], citation };
}

/** Waits until a page is drawn and returns what is on it: whether anything is, and how dark it is under each mark. */
async function drawnPage() {
  await pageView().locator("[aria-busy=false]").waitFor();
  return pageView().evaluate((view) => {
    const canvas = view.renderRoot.querySelector("canvas");
    const { viewBox } = view.renderRoot.querySelector("svg");
    const context = canvas.getContext("2d");
    const scale = canvas.width / viewBox.baseVal.width;
    const inked = (x, y, width, height) => {
      const { data } = context.getImageData(x, y, Math.max(width, 1), Math.max(height, 1));
      let dark = 0;
      for (let at = 0; at < data.length; at += 4) dark += Number(data[at] < 128);
      return dark;
    };
    const marks = [...view.renderRoot.querySelectorAll("rect")].map((rect) => {
      const [x, y, width, height] = ["x", "y", "width", "height"].map(
        (name) => rect[name].baseVal.value * scale,
      );
      return inked(x, y, width, height);
    });
    return { ink: inked(0, 0, canvas.width, canvas.height), width: canvas.width, marks };
  });
}

const pageNumber = async () => (await pageView().getByTestId("page-number").textContent()).trim();

step("before a PDF file is shown nothing of what reads it is fetched", async () => {
  await openDemo(page, demo.address);
  assert.deepEqual(
    requests.attempted.filter((url) => /pdf|documents/.test(url)),
    [],
  );
});

step("a PDF, a Word document, a web page, a workbook and a mail are added by the file chooser", async () => {
  await pick(ASKED.map(({ file }) => fixture(file)));
  await page.getByTestId("imports").getByText("Adding 5 documents").waitFor();
  await waitUntilReady(page);
  const documents = await listDocuments(page);
  assert.deepEqual(
    documents.map(({ id }) => id),
    ASKED.map(({ file }) => nameOf(file)).sort(),
  );
  for (const { file, kind } of ASKED) {
    assert.match(
      await row(page, nameOf(file)).locator(".facts").textContent(),
      new RegExp(`^\\s*${kind} · `),
    );
  }
});

for (const { file, question, answer, page: number, where } of ASKED) {
  step(
    `a question about ${nameOf(file)} is answered, and its citation opens where the answer stands`,
    async () => {
      const { document, quote, start, end, citation } = await openCitation(question, answer);
      assert.equal(document, nameOf(file));
      const facts = viewer().getByTestId("viewer-facts");
      if (number !== undefined) {
        assert.match(await citation.getByTestId("page-of").textContent(), /^page \d+$/);
        const drawn = await drawnPage();
        assert.ok(drawn.ink > 1000, `only ${drawn.ink} dark pixels`);
        assert.ok(drawn.marks.length > 0, "nothing is marked");
        assert.ok(
          drawn.marks.every((ink) => ink > 0),
          `a mark lies beside the text: ${drawn.marks}`,
        );
        assert.equal(await pageView().getByTestId("other-document").count(), 0);
        await page.getByTestId("view-text").click();
      }
      const mark = viewerText(page).getByTestId("viewer-mark");
      assert.equal(await mark.textContent(), quote);
      assert.equal((await viewerText(page).locator(".words").textContent()).slice(start, end), quote);
      if (where !== undefined) {
        assert.match(await facts.textContent(), where);
      }
      await closeViewer(page);
    },
  );
}

step("the pages of a PDF can be turned, and the mark is found again", async () => {
  const { answer, question } = ASKED[0];
  await openCitation(question, answer);
  await drawnPage();
  const first = await pageNumber();
  assert.match(first, /^Page [12] of 2$/);
  const other = first.startsWith("Page 1") ? "next-page" : "previous-page";
  await pageView().getByTestId(other).click();
  await page.waitForFunction((first) => {
    const view = document.querySelector("ibid-app").renderRoot.querySelector("ibid-document-viewer");
    const number = view.renderRoot.querySelector("ibid-page-view").renderRoot.querySelector(".number");
    return number.textContent.trim() !== first;
  }, first);
  assert.ok((await drawnPage()).ink > 1000);
  await page.getByTestId("to-mark").click();
  await pageView().getByTestId("page-number").filter({ hasText: first }).waitFor();
  const { width } = await drawnPage();
  await pageView().getByTestId("enlarge").click();
  await page.waitForFunction((width) => {
    const view = document.querySelector("ibid-app").renderRoot.querySelector("ibid-document-viewer");
    const canvas = view.renderRoot.querySelector("ibid-page-view").renderRoot.querySelector("canvas");
    return canvas.width > 1.5 * width;
  }, width);
  await closeViewer(page);
});

step("after a reload the page of a PDF is shown once its file is chosen again", async () => {
  await page.reload();
  await untilOpen(page);
  const { answer, question, file } = ASKED[0];
  const { quote } = await openCitation(question, answer);
  assert.equal(await viewerText(page).getByTestId("viewer-mark").textContent(), quote);
  const marks = viewerText(page).locator(".begins");
  await marks.first().waitFor({ state: "attached" });
  assert.deepEqual(await marks.evaluateAll((all) => all.map(({ dataset }) => dataset.page)), ["1", "2"]);
  const input = page.getByTestId("original-input");
  await input.setInputFiles(fixture("pdf/reportlab-tables-en.pdf"));
  await pageView().getByTestId("other-document").waitFor();
  await input.setInputFiles(fixture(file));
  await pageView().getByTestId("page-mark").first().waitFor({ state: "attached" });
  const { marks: inked } = await drawnPage();
  assert.ok(inked.length > 0 && inked.every((ink) => ink > 0));
  await pageView().getByTestId("other-document").waitFor({ state: "detached" });
  await closeViewer(page);
});

step(
  "an encrypted PDF asks for its password, again where it is wrong, and opens without asking anew",
  async () => {
    const dialog = page.locator("[data-testid=password-dialog][open]");
    await pick(fixture("pdf/encrypted.pdf"));
    await dialog.getByText("“encrypted.pdf” is encrypted").waitFor();
    await page.keyboard.type("hammer");
    await page.keyboard.press("Enter");
    await dialog.getByTestId("password-wrong").waitFor();
    await page.keyboard.type("spanner");
    await page.keyboard.press("Enter");
    await row(page, "encrypted.pdf").getByText("ready").waitFor();
    await waitUntilReady(page);
    await row(page, "encrypted.pdf").getByRole("link").click();
    assert.ok((await drawnPage()).ink > 1000);
    await closeViewer(page);
    await removeDocument(page, "encrypted.pdf");

    await pick(fixture("pdf/encrypted.pdf"));
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("failure").getByText("document-encrypted").waitFor();
    await page.getByTestId("dismiss").click();
  },
);

step("an import that waits for a password ends when another tab locks everything", async () => {
  await pick(fixture("pdf/encrypted.pdf"));
  await page.locator("[data-testid=password-dialog][open]").waitFor();
  const other = await page.context().newPage();
  await openDemo(other, demo.address);
  await other.getByTestId("encrypting").locator("summary").click();
  await other.getByTestId("passphrase").fill("a heron");
  await other.getByTestId("again").fill("a heron");
  await other.keyboard.press("Enter");
  await other.getByTestId("is-encrypted").waitFor();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByTestId("passphrase").fill("a heron");
  await page.keyboard.press("Enter");
  await page.getByTestId("failure").getByText("document-encrypted").waitFor();
  await page.getByTestId("dismiss").click();
  await page.getByTestId("decrypt").click();
  await page.getByTestId("is-plain").waitFor();
  await other.close();
});

step("of a cut table the rows that name its columns are shown with the hit", async () => {
  const rows = Array.from(
    { length: 400 },
    (_, at) => `| V-${1000 + at} | hall ${at % 7} | ${(at * 37) % 91} bar |`,
  );
  const content = `# Valves\n\n| Valve | Place | Pressure |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  await pick({ name: "valves.md", mimeType: "", buffer: Buffer.from(content) });
  await waitUntilReady(page);
  await ask(page, "valve V-1333");
  const hit = page.getByTestId("hit").first();
  assert.match(await hit.getByTestId("hit-text").textContent(), /V-1333/);
  assert.match(await hit.getByTestId("lead").textContent(), /Valve.*Place.*Pressure/);
  await quoteAnyway(page);
  assert.match(await page.getByTestId("citation").first().getByTestId("lead").textContent(), /Valve.*Place/);
  await removeDocument(page, "valves.md");
});

/** A PDF file of which each page holds this text; an empty one holds none. */
function pdfOf(...pages) {
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>"];
  const kids = pages.map((_, at) => `${4 + 2 * at} 0 R`).join(" ");
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  objects.push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  for (const [at, text] of pages.entries()) {
    const drawing = text === "" ? "" : `BT /F1 12 Tf 72 700 Td (${text}) Tj ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> ` +
        `/Contents ${5 + 2 * at} 0 R >>`,
      `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    );
  }
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, at) => {
    const offset = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(file);
}

step("pages without text are named; a file that has no others is refused", async () => {
  const text = "The ferry to Ostermouth leaves at noon, and takes no lorries.";
  await pick([
    { name: "half-scanned.pdf", mimeType: "application/pdf", buffer: pdfOf("", text, "") },
    { name: "scanned.pdf", mimeType: "application/pdf", buffer: pdfOf("", "") },
    { name: "torn.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") },
  ]);
  await waitUntilReady(page);
  const unread = row(page, "half-scanned.pdf").getByTestId("pages-unread");
  assert.match(await unread.textContent(), /Without text that can be searched: pages 1 and 3\./);
  const codes = await page.getByTestId("failure").getByTestId("error-code").allTextContents();
  assert.deepEqual(codes, ["document-no-text", "malformed-document"]);
  await page.getByTestId("dismiss").click();
  const { citation } = await openCitation("When does the ferry to Ostermouth leave?", /leaves at noon/);
  assert.equal(await citation.getByTestId("page-of").textContent(), "page 2");
  assert.equal(await pageNumber(), "Page 2 of 3");
  const { marks } = await drawnPage();
  assert.equal(marks.length, 1);
  assert.ok(marks[0] > 0);
  await closeViewer(page);
  await removeDocument(page, "half-scanned.pdf");
});

/** A folder with three documents, two of one name in two folders, and what is to be left out. */
function makeFolder() {
  const root = join(work, "harbour");
  mkdirSync(join(root, "notes", ".cache"), { recursive: true });
  writeFileSync(join(root, "dues.txt"), "Harbour dues are paid at the white hut before noon.");
  writeFileSync(
    join(root, "notes", "buoys.md"),
    "# Buoys\n\nThe green buoy marks the wreck of the Halcyon.\n",
  );
  writeFileSync(join(root, "notes", "dues.txt"), "Last year harbour dues were paid in salt.");
  writeFileSync(join(root, "notes", ".cache", "old.txt"), "hidden");
  writeFileSync(join(root, ".hidden.txt"), "hidden");
  writeFileSync(join(root, "photo.jpg"), "\xff\xd8");
  return root;
}

/** Checks that the folder has gone in, and takes it out again. */
async function assertFolder() {
  await waitUntilReady(page);
  const ids = (await listDocuments(page)).map(({ id }) => id).filter((id) => id.startsWith("harbour/"));
  assert.deepEqual(ids, ["harbour/dues.txt", "harbour/notes/buoys.md", "harbour/notes/dues.txt"]);
  const skipped = await page.getByTestId("skipped").textContent();
  assert.match(skipped, /harbour\/\.hidden\.txt/);
  assert.match(skipped, /harbour\/photo\.jpg/);
  await page.getByTestId("dismiss").click();
  assert.equal(
    (await ask(page, "What does the green buoy mark?")).hits[0].document,
    "harbour/notes/buoys.md",
  );
  for (const id of ids) await removeDocument(page, id);
}

step("a folder that is chosen goes in with its paths", async () => {
  await page.getByTestId("folder-input").setInputFiles(makeFolder());
  await assertFolder();
});

step("a folder that is dropped goes in with its paths", async () => {
  const root = makeFolder();
  const { x, y, width, height } = await page.getByTestId("drop-zone").boundingBox();
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [root], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
  }
  await page
    .getByTestId("imports")
    .getByText("Adding 3 documents")
    .or(page.getByTestId("skipped"))
    .first()
    .waitFor();
  await assertFolder();
});

step("nothing but the page's own origin was asked", () => {
  assert.ok(requests.attempted.some((url) => url.endsWith("/pdfjs/pdf.min.mjs")));
  assert.deepEqual(elsewhere(requests.attempted, demo.origin), []);
});
