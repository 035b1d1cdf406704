/** How a command ends that cannot do what it was asked. */

/** The status that the process exits with, by what went wrong; anything else is a fault of the command itself, and 1. */
export const EXIT_STATUS = {
  /** What was typed is not understood, or names nothing. */
  usage: 2,
  /** A server was not reached, refused, or broke off too often. */
  network: 3,
  /** A file has another size or hash than it must have. */
  integrity: 4,
  /** The files are no model that can be converted. */
  model: 5,
  /** A file or folder cannot be written, or something else is in its place. */
  disk: 6,
  /** The user ended it. */
  interrupted: 130,
} as const;

/** Says in its message, to the person at the terminal, what was wrong and where. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly kind: keyof typeof EXIT_STATUS,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error of the file system, told with the path; others pass unchanged. */
export function diskFailure(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new Failure("disk", `${path} could not be written: the disk is full`, { cause: error });
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "ENAMETOOLONG"].includes(code ?? "")) {
    return new Failure("disk", `${path} could not be written: ${(error as Error).message}`, { cause: error });
  }
  return error;
}

/** The code of an error of Node.js, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
