import type { ErrorCode } from "./wasm/ibid_simd128.js";

/** An error of this library. `code` never changes between versions; `message` names what was wrong and where. */
export class IbidError extends Error {
  override readonly name = "IbidError";

  constructor(
    /** What went wrong. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a call rejects with whose signal aborts, for the signal's `reason`. */
export function aborted(reason: unknown): IbidError {
  return new IbidError("aborted", "the caller aborted the operation", { cause: reason });
}

/** The form in which an error crosses from the worker to the page. */
export interface ErrorMessage {
  code: ErrorCode;
  message: string;
}

/** Anything that was thrown, in the form that crosses the worker. Errors from Rust and `IbidError`s keep their code. */
export function toErrorMessage(thrown: unknown): ErrorMessage {
  if (isErrorMessage(thrown)) {
    return { code: thrown.code, message: thrown.message };
  }
  return {
    code: "internal",
    message: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
  };
}

function isErrorMessage(thrown: unknown): thrown is ErrorMessage {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    typeof thrown.code === "string" &&
    "message" in thrown &&
    typeof thrown.message === "string"
  );
}
