/** Telling the documents that the core reads itself, text and Markdown in UTF-8, from those that another module reads. */

/** What is said of a document, by its caller or by the file that it comes from. */
export interface Said {
  mediaType?: string | undefined;
  fileName?: string | undefined;
  fileType?: string | undefined;
}

const TEXT_TYPES = ["text/plain", "text/markdown", "text/x-markdown"];
const TEXT_NAMES = /\.(txt|text|log|md|markdown|mdown|mkd)$/i;
const EXTENSION = /\.[a-z0-9]{1,8}$/i;

/** What files begin with that are no text although their first bytes may be characters: PDF, ZIP, RTF, PostScript. */
const MARKS = ["%PDF-", "PK\u0003", "PK\u0005", "{\\rtf", "%!PS"];

/** Whether a document is text or Markdown by what is said of it; `undefined` where nothing is. */
export function isSaidToBeText({ mediaType, fileName, fileType }: Said): boolean | undefined {
  if (mediaType !== undefined) {
    return isTextType(mediaType);
  }
  if (fileName !== undefined && EXTENSION.test(fileName)) {
    return TEXT_NAMES.test(fileName);
  }
  return fileType ? isTextType(fileType) : undefined;
}

/** Whether the core reads these bytes itself. */
export function isCoreText(bytes: Uint8Array, said: Said): boolean {
  return (isSaidToBeText(said) ?? !looksLikeMarkup(bytes)) && looksLikeText(bytes);
}

/** Whether bytes are text in UTF-8, as far as they show it, and nothing that is told from its first bytes. */
function looksLikeText(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  const isMarked = MARKS.some((mark) => head.startsWith(mark));
  if (isMarked || bytes.subarray(0, 4096).includes(0)) {
    return false;
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether a text of which nothing is said may be markup. */
function looksLikeMarkup(bytes: Uint8Array): boolean {
  return /^\ufeff?\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}

function isTextType(name: string): boolean {
  return TEXT_TYPES.includes((name.split(";")[0] ?? "").trim().toLowerCase());
}
