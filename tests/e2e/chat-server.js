// @ts-check
// A server on loopback that answers chats as a test says, for tests that need no browser.

import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { listen } from "../../scripts/serve.js";

/**
 * What came in.
 * @typedef {{ path: string | undefined, headers: import("node:http").IncomingHttpHeaders, body: any }} Asked
 * @typedef {(response: import("node:http").ServerResponse, asked: Asked) => unknown} Answer
 */

/** Starts a server that answers each request as the last call of `answer` said. */
export async function startChatServer() {
  /** @type {Answer} */
  let answering = (response) => response.writeHead(500).end();
  /** @type {Asked[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const one = {
      path: request.url,
      headers: request.headers,
      body: body === "" ? undefined : JSON.parse(body),
    };
    asked.push(one);
    await answering(response, one);
  });
  // A test that keeps Node busy for seconds would find its connection closed with the next request on its way.
  server.keepAliveTimeout = 0;
  const address = await listen(server);
  return {
    /** Without a slash at its end. */
    address: address.replace(/\/$/, ""),
    asked,
    /** @param {Answer} answer */
    answer(answer) {
      answering = answer;
      asked.length = 0;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Sends the parts of a body one by one, each in a packet of its own as far as that can be had.
 * @param {import("node:http").ServerResponse} response
 * @param {Iterable<Uint8Array | string>} parts
 */
export async function sendParts(response, parts, type = "text/event-stream") {
  response.writeHead(200, { "content-type": type });
  response.socket?.setNoDelay(true);
  for (const part of parts) {
    response.write(part);
    await setImmediate();
    await setImmediate();
  }
  response.end();
}

/** The events with which a server streams a reply of these pieces. @param {string[]} pieces */
export function streamOf(...pieces) {
  const chunks = pieces.map((content) => ({
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }));
  const last = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  return `${[...chunks, last].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
}

/** @param {AsyncIterable<string>} chunks */
export async function textOf(chunks) {
  let text = "";
  for await (const chunk of chunks) text += chunk;
  return text;
}
