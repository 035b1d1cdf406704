// A model folder on a server that behaves as badly as it is told to, and remembers what it was asked.

import { createHash } from "node:crypto";

/**
 * A request for a file of the folder, and its answer.
 * @typedef {object} Request
 * @property {string} method
 * @property {string} file
 * @property {string | undefined} range
 * @property {number} status
 * @property {number} sent bytes of the body
 */

/**
 * How the next request for a file is answered.
 * @typedef {object} Fault
 * @property {number} [after] bytes of the body that are sent before the connection is held open
 * @property {boolean} [cut] the connection is broken off in place of held open
 * @property {boolean} [silent] no answer at all; the connection is held open
 * @property {number} [status] an error status in place of the file
 */

export class ModelFolder {
  /** @type {Map<string, { content: Buffer, type: string, etag: string | undefined }>} */
  #files = new Map();
  /** @type {Map<string, Fault[]>} */
  #faults = new Map();
  /** @type {Set<import("node:http").ServerResponse>} */
  #held = new Set();

  /** Whether ranges are served. */
  ranges = true;
  /** Whether `If-Range` is respected. */
  conditions = true;
  /** What files that do not exist are answered with, in place of a status. */
  fallback = /** @type {string | undefined} */ (undefined);
  /** @type {Request[]} */
  requests = [];

  /** @param {string} path where it is on the site, with slashes around */
  constructor(path) {
    this.path = path;
  }

  /**
   * Writes a file.
   * @param {string} file
   * @param {Buffer | string} content
   * @param {{ type?: string, etag?: string }} [headers] the default tag is made from the content
   */
  write(file, content, { type = "application/octet-stream", etag } = {}) {
    const bytes = Buffer.from(content);
    this.#files.set(file, { content: bytes, type, etag: etag ?? `"${digest(bytes).sha256.slice(0, 16)}"` });
    return this;
  }

  /** Writes `model.json` and the files it lists. */
  writeModel(manifest, files) {
    const digests = Object.fromEntries(
      Object.entries(files).map(([file, content]) => [file, digest(content)]),
    );
    for (const [file, content] of Object.entries(files)) this.write(file, content);
    return this.write("model.json", JSON.stringify({ ...manifest, files: digests }));
  }

  /** The content of a file. */
  read(file) {
    return this.#files.get(file).content;
  }

  remove(file) {
    this.#files.delete(file);
  }

  /** Lets the next requests for `file` go wrong, one after the other. */
  fail(file, ...faults) {
    this.#faults.set(file, faults);
  }

  /** Breaks off all connections that are held open. */
  cut() {
    for (const response of this.#held) response.destroy();
    this.#held.clear();
  }

  /** What was asked for since the last call, e.g. `["GET model.json"]`. */
  asked() {
    return this.requests
      .splice(0)
      .map(({ method, file, range }) => [method, file, range].filter(Boolean).join(" "));
  }

  /** Answers a request that is for this folder. */
  handle(request, response) {
    const [path] = request.url.split("?", 1);
    if (!path.startsWith(this.path)) return false;
    const name = path.slice(this.path.length);
    const record = { method: request.method, file: name, range: request.headers.range, status: 0, sent: 0 };
    this.requests.push(record);
    const fault = this.#faults.get(name)?.shift() ?? {};
    if (fault.silent) this.#held.add(response);
    else this.#answer(request, response, record, fault);
    return true;
  }

  #answer(request, response, record, fault) {
    if (fault.status) {
      record.status = fault.status;
      response.writeHead(fault.status).end();
      return;
    }
    const file =
      this.#files.get(record.file) ??
      (this.fallback && { content: Buffer.from(this.fallback), type: "text/html", etag: undefined });
    if (file === undefined) {
      record.status = 404;
      response.writeHead(404, { "content-type": "text/html" }).end("<!doctype html><title>Not found</title>");
      return;
    }
    const { content, type, etag } = file;
    const condition = this.conditions ? request.headers["if-range"] : undefined;
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const partial = this.ranges && from !== undefined && (condition === undefined || condition === etag);
    const start = partial ? Number(from) : 0;
    record.status = partial ? 206 : 200;
    response.writeHead(record.status, {
      "content-type": type,
      "content-length": content.length - start,
      "cache-control": "no-cache",
      ...(etag && { etag }),
      ...(partial && { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const body = content.subarray(start, fault.after === undefined ? content.length : start + fault.after);
    record.sent = body.length;
    if (fault.after === undefined) response.end(body);
    else if (fault.cut) response.write(body, () => response.destroy());
    else {
      response.write(body);
      this.#held.add(response);
    }
  }
}

/** Size and hash of a file, as `model.json` has them. */
export function digest(content) {
  return { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}
