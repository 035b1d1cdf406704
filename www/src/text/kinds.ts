/** The kinds of file that can be added. */

interface Kind {
  name: string;
  /** As the library names it. */
  mediaType: string;
  extensions: readonly string[];
}

const KINDS: readonly Kind[] = [
  { name: "Plain text", mediaType: "text/plain", extensions: ["txt", "text", "log"] },
  { name: "Markdown", mediaType: "text/markdown", extensions: ["md", "markdown", "mdown", "mkd"] },
  { name: "Web page", mediaType: "text/html", extensions: ["html", "htm", "xhtml", "xht"] },
  { name: "Table (CSV)", mediaType: "text/csv", extensions: ["csv"] },
  { name: "Table (TSV)", mediaType: "text/tab-separated-values", extensions: ["tsv", "tab"] },
  { name: "JSON", mediaType: "application/json", extensions: ["json"] },
  { name: "JSON Lines", mediaType: "application/jsonl", extensions: ["jsonl", "ndjson"] },
  { name: "Mail", mediaType: "message/rfc822", extensions: ["eml"] },
  { name: "PDF", mediaType: "application/pdf", extensions: ["pdf"] },
  {
    name: "Word document",
    mediaType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extensions: ["docx", "docm", "dotx"],
  },
  {
    name: "PowerPoint presentation",
    mediaType: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    extensions: ["pptx", "pptm", "ppsx"],
  },
  {
    name: "Excel workbook",
    mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extensions: ["xlsx", "xlsm"],
  },
  {
    name: "OpenDocument text",
    mediaType: "application/vnd.oasis.opendocument.text",
    extensions: ["odt", "ott"],
  },
  { name: "E-book (EPUB)", mediaType: "application/epub+zip", extensions: ["epub"] },
];

const READABLE = new Set(KINDS.flatMap(({ extensions }) => extensions));

/** What a file chooser offers: names for systems that go by names, types for those that go by types. */
export const ACCEPTED = KINDS.flatMap(({ mediaType, extensions }) => [
  ...extensions.map((extension) => `.${extension}`),
  mediaType,
]).join(",");

/** What a document of this media type is called. */
export function kind(mediaType: string): string {
  return KINDS.find((each) => each.mediaType === mediaType)?.name ?? mediaType;
}

export function isPdf({ mediaType }: { mediaType: string }): boolean {
  return mediaType === "application/pdf";
}

/** Whether a document's pages are called slides. */
export function hasSlides({ mediaType }: { mediaType: string }): boolean {
  return mediaType.includes("presentationml");
}

/** Whether a file's name promises something that can be read. */
export function isReadable(name: string): boolean {
  const [, extension] = /\.([^.]+)$/.exec(name) ?? [];
  return extension !== undefined && READABLE.has(extension.toLowerCase());
}
