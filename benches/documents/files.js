// The files that are read: those of the tests, which real programs made, and large ones, made here from the demo's samples.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { root } from "../harness.js";

/** How much text a large document holds, in characters. */
const LARGE = 1e6;

/** How many characters of it are printed to a PDF file. */
const PRINTED = 3e5;

/** Every so many blocks there is a table. */
const TABLE_EVERY = 25;

/** The folder of the files of the tests. */
export const FIXTURES = root("tests/fixtures/documents");

/** The addresses of the files of a folder of the tests that can be read, in order of their names. */
function filesOf(folder, extension) {
  const names = readdirSync(`${FIXTURES}/${folder}`).sort();
  return names
    .filter((name) => name.endsWith(extension) && !name.startsWith("encrypted"))
    .map((name) => `/fixtures/${folder}/${name}`);
}

/** The samples as headings, paragraphs and list items, again and again. */
function blocks(characters) {
  const samples = readdirSync(root("www/samples")).filter((name) => /\.(md|txt)$/.test(name));
  const texts = samples.sort().map((name) => readFileSync(root(`www/samples/${name}`), "utf8"));
  const once = texts.flatMap((text) => text.split(/\n\s*\n/)).filter((text) => text.trim() !== "");
  const found = [];
  for (let length = 0, at = 0; length < characters; at++) {
    const [, mark, text] = /^(#+ |[-*] )?(.*)$/s.exec(once[at % once.length].replace(/\s+/g, " ").trim());
    found.push({
      level: mark?.startsWith("#") ? mark.length - 1 : 0,
      isItem: /^[-*]/.test(mark ?? ""),
      text,
    });
    length += text.length;
  }
  return found;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The rows of a table made of the words of a text. */
function rows(text) {
  const words = text.split(" ").slice(0, 32);
  return Array.from({ length: Math.ceil(words.length / 4) }, (_, row) => words.slice(4 * row, 4 * row + 4));
}

const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** Text as Word writes it: in several runs, with what each looks like. */
function runs(text) {
  const pieces = text.match(/.{1,80}(?:\s|$)|.{1,80}/gs) ?? [];
  const properties =
    '<w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/><w:lang w:val="en-GB"/></w:rPr>';
  return pieces
    .map(
      (piece) =>
        `<w:r w:rsidR="00A77B3E">${properties}<w:t xml:space="preserve">${escaped(piece)}</w:t></w:r>`,
    )
    .join("");
}

function wordBlock({ level, isItem, text }, number) {
  const style = level > 0 ? `<w:pStyle w:val="Heading${Math.min(level, 3)}"/>` : "";
  const list = isItem ? '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' : "";
  const paragraph = `<w:p w:rsidR="00A77B3E"><w:pPr>${style}${list}</w:pPr>${runs(text)}</w:p>`;
  if (number % TABLE_EVERY !== 0) return paragraph;
  const cell = (word) => `<w:tc><w:tcPr><w:tcW w:w="2000"/></w:tcPr><w:p>${runs(word)}</w:p></w:tc>`;
  return `${paragraph}<w:tbl>${rows(text)
    .map((row) => `<w:tr>${row.map(cell).join("")}</w:tr>`)
    .join("")}</w:tbl>`;
}

async function makeWord() {
  const JSZip = createRequire(import.meta.url)(`${process.env.IBID_RIVALS}/jszip`);
  const zip = new JSZip();
  const headings = [1, 2, 3].map(
    (level) =>
      `<w:style w:type="paragraph" w:styleId="Heading${level}"><w:name w:val="heading ${level}"/>` +
      `<w:pPr><w:outlineLvl w:val="${level - 1}"/></w:pPr></w:style>`,
  );
  const relation = (id, kind, target) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${kind}" Target="${target}"/>`;
  const parts = {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>' +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/word/document.xml" ContentType="${MAIN}"/></Types>`,
    "_rels/.rels": `<Relationships ${RELATIONS}>${relation("rId1", "officeDocument", "word/document.xml")}</Relationships>`,
    "word/_rels/document.xml.rels":
      `<Relationships ${RELATIONS}>${relation("rId1", "styles", "styles.xml")}` +
      `${relation("rId2", "numbering", "numbering.xml")}</Relationships>`,
    "word/styles.xml": `<w:styles ${WORD}>${headings.join("")}</w:styles>`,
    "word/numbering.xml":
      `<w:numbering ${WORD}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>` +
      '</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
    "word/document.xml": `<w:document ${WORD}><w:body>${blocks(LARGE).map(wordBlock).join("")}</w:body></w:document>`,
  };
  for (const [name, text] of Object.entries(parts)) {
    zip.file(name, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`);
  }
  return zip.generateAsync({ type: "nodebuffer", compression: "DEFLATE" });
}

function htmlBlock({ level, isItem, text }, number) {
  const name = level > 0 ? `h${Math.min(level, 6)}` : "p";
  const block = isItem ? `<ul><li>${escaped(text)}</li></ul>` : `<${name}>${escaped(text)}</${name}>`;
  if (number % TABLE_EVERY !== 0) return block;
  const cell = (word) => `<td>${escaped(word)}</td>`;
  return `${block}<table>${rows(text)
    .map((row) => `<tr>${row.map(cell).join("")}</tr>`)
    .join("")}</table>`;
}

/** An article of so many characters, with the menus and the side of a page of the tests. */
function makePage(characters) {
  const links = Array.from({ length: 40 }, (_, at) => `<li><a href="/${at}">Section ${at}</a></li>`).join("");
  const body = blocks(characters).map(htmlBlock).join("\n");
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Samples</title></head><body><nav><ul>${links}</ul></nav>` +
    `<main><article><h1>Samples</h1>${body}</article></main><aside class="related"><ul>${links}</ul></aside>` +
    "<footer><p>Imprint, privacy, contact</p></footer></body></html>"
  );
}

async function print(browser) {
  const page = await browser.newPage();
  await page.setContent(makePage(PRINTED));
  const bytes = await page.pdf({
    format: "A4",
    displayHeaderFooter: true,
    footerTemplate: '<i class="pageNumber"></i>',
  });
  await page.close();
  return bytes;
}

/**
 * The sets of files by kind, each with the addresses of its files, where `FIXTURES` is `/fixtures` and `folder`, which the
 * large ones are written to, `/made`.
 * @returns {Promise<Record<string, { name: string, addresses: string[] }[]>>}
 */
export async function makeFiles({ browser, folder }) {
  const write = (name, content) => {
    writeFileSync(`${folder}/${name}`, content);
    return [`/made/${name}`];
  };
  mkdirSync(folder, { recursive: true });
  const set = (addresses, what) => ({ name: `${addresses.length} ${what}`, addresses });
  return {
    word: [
      set(filesOf("office", ".docx"), "documents of the tests"),
      { name: "a document of 1 MB of text", addresses: write("large.docx", await makeWord()) },
    ],
    web: [
      set(filesOf("html", ".html"), "pages of the tests"),
      { name: "a page of 1 MB of text", addresses: write("large.html", makePage(LARGE)) },
    ],
    pdf: [
      set(filesOf("pdf", ".pdf"), "files of the tests"),
      { name: "a file of 0.3 MB of text", addresses: write("large.pdf", await print(browser)) },
    ],
  };
}
