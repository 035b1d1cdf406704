/** Errors in plain words. */
import type { ErrorCode, ErrorInfo } from "ibid";

export interface Problem {
  /** Absent for errors that are not the library's. */
  code?: ErrorCode;
  summary: string;
  /** What exactly was wrong, and with what. */
  detail: string;
}

const SUMMARIES: Record<ErrorCode, string> = {
  "invalid-argument": "That can’t be done as asked.",
  "invalid-filter": "The filter could not be used.",
  "invalid-id": "The file’s name can’t be used as a document’s id.",
  "empty-query": "There is nothing in the question to search for.",
  "empty-document": "The file holds no text.",
  "document-too-large": "The file is too large.",
  "invalid-utf8": "The file’s text isn’t in UTF-8, and it doesn’t say what it is in.",
  "binary-content": "The file isn’t text.",
  "malformed-document": "The file is damaged, or isn’t what its name says.",
  "document-encrypted": "The file is protected by a password.",
  "document-no-text": "The file holds pictures of text only, which can’t be searched.",
  "unsupported-media-type": "Files of this kind can’t be read.",
  "model-file-missing": "The server has no embedding model for this page.",
  "model-file-corrupt": "The embedding model arrived damaged.",
  "model-file-truncated": "The embedding model on the server is incomplete.",
  "model-file-html": "The server answered with a web page instead of the embedding model.",
  "model-unreachable":
    "The embedding model couldn’t be fetched: there is no connection, and none is kept on this device yet.",
  "model-deferred": "The embedding model hasn’t been fetched yet.",
  "model-invalid": "The embedding model is malformed.",
  "model-unsupported": "This embedding model isn’t supported.",
  "model-mismatch": "The stored documents were embedded with another model.",
  "chat-failed": "The language model gave no answer, or not all of it.",
  "chat-unavailable": "There is no such language model here.",
  "chat-remote": "The language model is on another machine.",
  "store-conflict": "Another tab was changing the documents at the same time; nothing was written.",
  "store-corrupt": "Some of what is stored on this device is damaged.",
  "store-too-new": "The stored documents were written by a newer version of ibid.",
  "store-quota": "There is no room left on this device; nothing was written.",
  "store-unavailable": "This browser doesn’t let the page store anything.",
  "store-blocked": "Another tab holds an older version of the documents open. Close it and try again.",
  "store-lost": "The browser dropped the connection to the stored documents.",
  "file-foreign": "The file is no exported collection.",
  "file-corrupt": "The exported file is damaged; nothing was changed.",
  "file-truncated": "The exported file is not whole; nothing was changed.",
  "file-too-new": "The exported file was written by a newer version of ibid.",
  "collection-not-empty": "There are documents already, which an import would have to replace.",
  locked: "The documents are encrypted, or locked.",
  "wrong-key": "The passphrase or key is another one.",
  "not-encrypted": "The documents are not encrypted.",
  deleted: "The documents were deleted, here or in another tab.",
  aborted: "Cancelled.",
  closed: "The documents are closed.",
  internal: "Something broke that shouldn’t have; what was stored is kept.",
};

/** @param thrown what was thrown, or an error as plain data */
export function toProblem(thrown: unknown): Problem {
  if (isErrorInfo(thrown)) {
    // A code of a newer library may be unknown here.
    const summary = SUMMARIES[thrown.code] ?? "Something went wrong.";
    return { code: thrown.code, summary, detail: thrown.message };
  }
  return {
    summary: "Something went wrong.",
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  };
}

/** Whether this is an error of the library, or one as plain data; those of browsers have numbers as codes. */
function isErrorInfo(value: unknown): value is ErrorInfo {
  return typeof value === "object" && value !== null && "message" in value && hasCode(value);
}

function hasCode(value: object): boolean {
  return "code" in value && typeof value.code === "string";
}

/** Whether a stored collection with this problem never opens again here. */
export function canOnlyBeDiscarded({ code }: Problem): boolean {
  return code === "store-corrupt" || code === "store-too-new";
}
