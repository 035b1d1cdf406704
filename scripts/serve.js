#!/usr/bin/env node
// Serves a folder on loopback, for the demo and the tests.
//
//   scripts/serve.js FOLDER [--port 4173] [--mount /models=models]...
//
// A port that is taken is replaced by a free one; the address is printed.

import { createReadStream, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * The file a URL path names, or `undefined` if there is none inside the mounted folders.
 * @param {[prefix: string, folder: string][]} mounts, longest prefix first; every prefix ends with "/"
 * @param {string} pathname still percent-encoded
 */
function findFile(mounts, pathname) {
  try {
    const path = decodeURIComponent(pathname);
    const [prefix, folder] = mounts.find(([prefix]) => path.startsWith(prefix));
    const root = realpathSync(folder);
    // Resolved after following links: neither `..` nor a link leads out of the folder.
    let file = realpathSync(join(root, path.slice(prefix.length)));
    if (statSync(file).isDirectory()) file = realpathSync(join(file, "index.html"));
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // not decodable, not found or not readable: all are "not found" to the browser
  }
}

/** The validators of a file; the tag names size and time of the last change to the nanosecond. */
function validators(file) {
  const { size, mtimeNs, mtime } = statSync(file, { bigint: true });
  return { etag: `"${size.toString(36)}-${mtimeNs.toString(36)}"`, "last-modified": mtime.toUTCString() };
}

/**
 * The one range of bytes that a request asks for, `end` excluded; `undefined` where it gets the whole file, because it
 * asks for it, for several ranges, or for a part of another version. A range that begins after the end is empty.
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @param {number} size
 * @param {{ etag: string, "last-modified": string }} current
 */
function findRange(headers, size, current) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (first === undefined || (first === "" && last === "")) return undefined;
  const condition = headers["if-range"];
  if (condition && condition !== current.etag && condition !== current["last-modified"]) return undefined;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  if (last !== "" && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) };
}

/**
 * Status, headers and bytes of the answer to a request for a file that exists.
 * @param {string} file
 * @param {import("node:http").IncomingHttpHeaders} headers
 */
function answer(file, headers) {
  const { size } = statSync(file);
  const current = validators(file);
  const common = { ...current, "accept-ranges": "bytes", "cache-control": "no-cache" };
  if (headers["if-none-match"] === current.etag) return { status: 304, headers: common };
  const range = findRange(headers, size, current);
  if (range && range.start >= range.end) {
    return { status: 416, headers: { ...common, "content-range": `bytes */${size}` } };
  }
  const { start, end } = range ?? { start: 0, end: size };
  return {
    status: range ? 206 : 200,
    headers: {
      ...common,
      ...(range && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": end - start,
    },
    bytes: { start, end },
  };
}

/**
 * @param {string} folder served at /
 * @param {Record<string, string>} mounts further folders by URL prefix, e.g. { "/models": "models" }
 * @param {Record<string, string> | ((path: string) => Record<string, string>)} headers sent with every file, or with that at a path
 * @returns {import("node:http").Server} not yet listening
 */
export function createStaticServer(folder, mounts = {}, headers = {}) {
  const folders = Object.entries({ ...mounts, "/": folder })
    .map(([prefix, folder]) => [prefix.endsWith("/") ? prefix : `${prefix}/`, resolve(folder)])
    .sort(([a], [b]) => b.length - a.length);
  return createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const [path] = request.url.split("?", 1);
    const file = findFile(folders, path);
    if (file === undefined) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found\n");
      return;
    }
    // Ranges are for GET only, says RFC 9110.
    const { range, ...others } = request.headers;
    const { status, headers: own, bytes } = answer(file, request.method === "GET" ? request.headers : others);
    const given = typeof headers === "function" ? headers(path) : headers;
    response.writeHead(status, { ...own, ...given });
    if (request.method === "HEAD" || bytes === undefined || bytes.start === bytes.end) response.end();
    else
      createReadStream(file, { start: bytes.start, end: bytes.end - 1 })
        .on("error", () => response.destroy())
        .pipe(response);
  });
}

/** Listens on loopback at `port`, or at a free port if that one is taken; resolves to the address. */
export function listen(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.on("error", (error) => {
      if (error.code === "EADDRINUSE" && port !== 0) {
        port = 0;
        server.listen(0, "127.0.0.1");
      } else reject(error);
    });
    server.listen(port, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`));
  });
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: "string", default: "0" },
      mount: { type: "string", multiple: true, default: [] },
    },
  });
  const [folder] = positionals;
  const port = Number(values.port);
  const mounts = values.mount.map((mount) => mount.split("="));
  if (positionals.length !== 1 || !Number.isInteger(port) || mounts.some((mount) => mount.length !== 2)) {
    throw new Error("usage: scripts/serve.js FOLDER [--port 4173] [--mount /models=models]...");
  }
  const server = createStaticServer(folder, Object.fromEntries(mounts));
  const address = await listen(server, port);
  console.log(`==> demo: serving ${folder} at ${address} (Ctrl-C ends)`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  });
}
