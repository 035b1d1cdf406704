// @ts-check
// A server with the paths of the public hub, which sends large files from another port as the hub does from another host,
// behaves as badly as it is told to, and remembers what it was asked.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { listen } from "../../scripts/serve.js";

/** The commit that the branch `main` stands for. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * How the next request for a file is answered.
 * @typedef {object} Fault
 * @property {number} [status] an error status in place of the file
 * @property {number} [cut] bytes of the body after which the connection is broken off
 * @property {number} [hold] bytes of the body after which nothing more comes
 * @property {Buffer} [content] other content
 * @property {string} [type] another content type
 * @property {string} [location] where to redirect to
 */

/**
 * @param {Record<string, Record<string, Buffer | string>>} repositories the files of each, by `owner/name`
 * @param {{ ranges?: boolean, tells?: boolean, redirects?: boolean }} [manner] whether ranges are served, whether commit, sizes
 *   and hashes are told, and whether weights are on another port
 */
export async function startHub(repositories, { ranges = true, tells = true, redirects = true } = {}) {
  /** @type {Map<string, Fault[]>} */
  const faults = new Map();
  /** @type {string[]} */
  const asked = [];
  /** @type {Set<import("node:http").ServerResponse>} */
  const held = new Set();

  /** @param {import("node:http").IncomingMessage} request */
  function find(request) {
    const [, repository = "", revision = "", file = ""] =
      /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(request.url ?? "") ?? [];
    const isThere = revision === "main" || revision === COMMIT || /^[0-9a-f]{40}$/.test(revision);
    const content = isThere ? repositories[repository]?.[file] : undefined;
    return { repository, file, content: content === undefined ? undefined : Buffer.from(content) };
  }

  /** @param {Buffer} content */
  function send(request, response, content, /** @type {Fault} */ fault) {
    const from = ranges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] : undefined;
    const start = Number(from ?? 0);
    const common = { "content-type": fault.type ?? "application/octet-stream" };
    if (from !== undefined && start >= content.length) {
      response.writeHead(416, { ...common, "content-range": `bytes */${content.length}` }).end();
      return;
    }
    response.writeHead(from === undefined ? 200 : 206, {
      ...common,
      "content-length": content.length - start,
      ...(from !== undefined && {
        "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
      }),
    });
    if (fault.cut !== undefined) {
      // Ended rather than reset, so that all of it arrives.
      response.write(content.subarray(start, start + fault.cut), () => response.socket.end());
    } else if (fault.hold !== undefined) {
      held.add(response);
      response.write(content.subarray(start, start + fault.hold));
    } else {
      response.end(content.subarray(start));
    }
  }

  const store = createServer((request, response) => {
    const { file, content } = find(request);
    asked.push(["store", file, request.headers.range].filter(Boolean).join(" "));
    const fault = faults.get(file)?.shift() ?? {};
    if (fault.status !== undefined) response.writeHead(fault.status).end();
    else send(request, response, fault.content ?? content ?? Buffer.alloc(0), fault);
  });
  const storeAddress = await listen(store);

  const hub = createServer((request, response) => {
    const { repository, file, content } = find(request);
    asked.push(["hub", file, request.headers.range].filter(Boolean).join(" "));
    const isLarge = redirects && file.endsWith(".safetensors");
    const fault = (isLarge ? undefined : faults.get(file)?.shift()) ?? {};
    if (tells && repositories[repository]) response.setHeader("x-repo-commit", COMMIT);
    if (fault.location !== undefined) {
      response.writeHead(302, { location: fault.location }).end();
    } else if (fault.status !== undefined || content === undefined) {
      // The hub does not tell whether a repository exists.
      response.writeHead(fault.status ?? (repositories[repository] ? 404 : 401)).end();
    } else if (isLarge) {
      const sha256 = createHash("sha256").update(content).digest("hex");
      const told = tells ? { "x-linked-size": content.length, "x-linked-etag": `"${sha256}"` } : {};
      response.writeHead(302, { ...told, location: new URL(request.url ?? "", storeAddress).href }).end();
    } else {
      send(request, response, fault.content ?? content, fault);
    }
  });
  const address = (await listen(hub)).replace(/\/$/, "");

  return {
    address,
    /** Lets the next requests for `file` go wrong, one after the other. */
    fail: (/** @type {string} */ file, /** @type {Fault[]} */ ...next) => void faults.set(file, next),
    /** Nothing goes wrong any more. */
    heal: () => faults.clear(),
    /** Breaks off the connections by which nothing more comes. */
    breakOff() {
      for (const response of held) response.socket?.end();
      held.clear();
    },
    /** What was asked for since the last call, e.g. `["hub config.json"]`. */
    asked: () => asked.splice(0),
    close() {
      for (const server of [hub, store]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
