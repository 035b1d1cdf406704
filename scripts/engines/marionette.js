// Marionette, by which Firefox takes the commands of WebDriver without a driver (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html):
// messages are JSON, each after its length in bytes and a colon.

import { once } from "node:events";
import { connect } from "node:net";

/** The kinds of messages, which stand first in each. */
const COMMAND = 0;
const ANSWER = 1;

/**
 * Connects to a browser.
 * @param {number} port of loopback
 * @returns {Promise<(name: string, parameters?: object) => Promise<any>>} sends a command and gives its result; all that wait reject when
 *   the connection ends
 */
export async function marionette(port) {
  const socket = connect(port, "127.0.0.1");
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  const receive = ([kind, id, error, result]) => {
    const command = kind === ANSWER ? waiting.get(id) : undefined;
    if (command === undefined) return;
    waiting.delete(id);
    if (error === null) command.resolve(result);
    else command.reject(new Error(`${error.error}: ${error.message}`));
  };
  let isGreeted = false;
  socket.on(
    "data",
    messages((message) => {
      // The first one says which program this is.
      if (isGreeted) receive(message);
      isGreeted = true;
    }),
  );
  await once(socket, "connect");
  socket.on("error", () => {}); // followed by a close
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Firefox has ended the connection"));
    waiting.clear();
  });
  let sent = 0;
  return (name, parameters = {}) =>
    new Promise((resolve, reject) => {
      const id = ++sent;
      waiting.set(id, { resolve, reject });
      const message = JSON.stringify([COMMAND, id, name, parameters]);
      socket.write(`${Buffer.byteLength(message)}:${message}`, (error) => error && reject(error));
    });
}

/**
 * Takes pieces of a stream, as they come, and calls `each` with every message that is whole.
 * @param {(message: any) => void} each
 */
function messages(each) {
  let rest = Buffer.alloc(0);
  return (/** @type {Buffer} */ piece) => {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const colon = rest.indexOf(":");
      if (colon === -1) return;
      const end = colon + 1 + Number(rest.subarray(0, colon));
      if (rest.length < end) return;
      const message = JSON.parse(rest.subarray(colon + 1, end).toString());
      rest = rest.subarray(end);
      each(message);
    }
  };
}
