// Models behind the chat completions protocol, over a server that streams in whatever pieces it likes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { isLocalAddress } from "../../pkg/dist/chat/address.js";
import { EventStreamParser } from "../../pkg/dist/chat/event-stream.js";
import { ChatError } from "../../pkg/dist/chat/failure.js";
import { openAiCompatible } from "../../pkg/dist/chat/openai.js";
import { askModel } from "../../pkg/dist/chat/reply.js";
import { sendParts, startChatServer, streamOf, textOf } from "./chat-server.js";

const SHORT = { timeout: 20_000 };
const MESSAGES = [
  { role: "system", content: "Answer from the sources." },
  { role: "user", content: "Who repairs the roof?" },
];
const KEY = 'sk-secret/"+key-0123456789';

let server;
before(async () => {
  server = await startChatServer();
});
after(() => server.close());

const model = (options) => openAiCompatible({ url: server.address, model: "tiny", ...options });
const reply = (options, asking) => textOf(askModel(model(options), MESSAGES, asking));

// Addresses.

const HERE = [
  "http://localhost",
  "http://LOCALHOST:11434/v1",
  "https://localhost:1234",
  "http://ollama.localhost/",
  "http://a.b.localhost",
  "http://127.0.0.1:8080",
  "http://127.255.3.4",
  "http://127.1/",
  "http://0x7f000001/",
  "http://2130706433",
  "http://[::1]:8080",
  "http://[0:0:0:0:0:0:0:1]",
  "http://ｌｏｃａｌｈｏｓｔ/",
];

const ELSEWHERE = [
  "https://api.openai.com/v1",
  "http://localhost.evil.com",
  "http://localhost.evil.com/localhost",
  "http://evil.com/?localhost",
  "http://evil.com/#@localhost",
  "http://notlocalhost/",
  "http://localhost-evil/",
  "http://localhost.",
  "http://.localhost/",
  "http://a..localhost/",
  "http://127.0.0.1.nip.io",
  "http://127.0.0.1.evil.com",
  "http://0.0.0.0:11434",
  "http://0/",
  "http://128.0.0.1",
  "http://1.127.0.0",
  "http://192.168.1.10:11434",
  "http://10.0.0.1",
  "http://[::]",
  "http://[::2]",
  "http://[::ffff:127.0.0.1]",
  "http://[fe80::1]",
  "http://l\u00f6calhost/",
  "http://loc\u0430lhost/", // a Cyrillic letter
];

const NOWHERE = [
  "",
  "localhost:11434",
  "//localhost",
  "/v1",
  "ftp://localhost",
  "file://localhost/",
  "ws://127.0.0.1",
  "data:text/plain,localhost",
  "javascript:localhost",
  "http://",
  "http://[::1",
  undefined,
  null,
  7,
  {},
];

test("addresses of this machine are taken", () => {
  for (const url of HERE) {
    assert.equal(isLocalAddress(url), true, url);
    assert.equal(openAiCompatible({ url, model: "tiny" }).isRemote, false, url);
    assert.equal(
      openAiCompatible({ url: new URL(url), model: "tiny", allowRemote: true }).isRemote,
      false,
      url,
    );
  }
});

test("addresses of other machines are refused with a warning, unless the caller allows it", () => {
  for (const url of ELSEWHERE) {
    assert.equal(isLocalAddress(url), false, url);
    assert.throws(
      () => openAiCompatible({ url, model: "tiny", apiKey: KEY }),
      (error) => error.code === "chat-remote" && /would leave this device/.test(error.message),
      url,
    );
    assert.equal(openAiCompatible({ url, model: "tiny", allowRemote: true }).isRemote, true, url);
  }
});

test("only true allows other machines", () => {
  for (const allowRemote of ["true", "false", 1, {}, null]) {
    assert.throws(() => openAiCompatible({ url: "http://a.example", model: "tiny", allowRemote }), {
      code: "invalid-argument",
    });
  }
});

test("what is no address of http is refused whatever the caller allows", () => {
  for (const url of NOWHERE) {
    assert.equal(isLocalAddress(url), false, String(url));
    assert.throws(
      () => openAiCompatible({ url, model: "tiny", allowRemote: true }),
      { code: "invalid-argument" },
      String(url),
    );
  }
});

test("a user or a password in the address is refused, and not told", () => {
  for (const url of ["http://me@localhost", "http://me:hunter22@localhost", "http://:hunter22@localhost"]) {
    assert.throws(
      () => openAiCompatible({ url, model: "tiny" }),
      (error) => error.code === "invalid-argument" && !/hunter22|me[:@]/.test(error.message),
    );
  }
  // Only a look at the host tells: the name before the sign is a user.
  assert.throws(() => openAiCompatible({ url: "http://localhost@evil.com", model: "tiny" }), {
    code: "invalid-argument",
  });
});

const OPTIONS = [
  { model: "" },
  { model: undefined },
  { apiKey: "" },
  { apiKey: "line\nbreak-secret" },
  { apiKey: "schlüssel-secret" },
  { apiKey: 7 },
  { headers: { "x-key": "line\nbreak-secret" } },
  { headers: { "bad name": "secret" } },
  { headers: null },
  { temperature: -0.1 },
  { temperature: 2.1 },
  { temperature: Number.NaN },
  { temperature: "1" },
  { maxTokens: 0 },
  { maxTokens: 1.5 },
  { maxTokens: Number.POSITIVE_INFINITY },
  { fetch: "fetch" },
];

test("options out of their range are refused, without their secrets", () => {
  for (const options of OPTIONS) {
    assert.throws(
      () => model(options),
      (error) => error.code === "invalid-argument" && !inspect(error).includes("secret"),
      inspect(options),
    );
  }
});

test("the model tells where its messages go, and nobody changes that", () => {
  const here = model();
  assert.equal(here.origin, server.address);
  assert.throws(() => {
    here.isRemote = true;
  }, TypeError);
});

const PATHS = [
  ["", "/v1/chat/completions"],
  ["/", "/v1/chat/completions"],
  ["/v1", "/v1/chat/completions"],
  ["/v1/", "/v1/chat/completions"],
  ["/api/v3", "/api/v3/chat/completions"],
  ["/v1/chat/completions", "/v1/chat/completions"],
  ["/v1/chat/completions/?version=2#here", "/v1/chat/completions/?version=2"],
  ["/v1?version=2", "/v1/chat/completions?version=2"],
];

test("the address may be a server, a version of it, or chat completions", SHORT, async () => {
  server.answer((response) => sendParts(response, [streamOf("yes")]));
  for (const [given] of PATHS) assert.equal(await reply({ url: server.address + given }), "yes");
  assert.deepEqual(
    server.asked.map(({ path }) => path),
    PATHS.map(([, path]) => path),
  );
});

// What is sent.

test("a request holds the messages and what was set, and nothing else", SHORT, async () => {
  server.answer((response) => sendParts(response, [streamOf("yes")]));
  const messages = MESSAGES.map((message) => ({ ...message, source: "lease.pdf" }));
  await textOf(model({ temperature: 0, maxTokens: 200 })(messages, {}));
  const [{ headers, body }] = server.asked;
  assert.deepEqual(body, {
    model: "tiny",
    temperature: 0,
    max_tokens: 200,
    messages: MESSAGES,
    stream: true,
  });
  assert.equal(headers["content-type"], "application/json");
  for (const name of ["authorization", "cookie", "referer", "origin"])
    assert.equal(headers[name], undefined, name);
});

test("key and headers are sent, and the headers go first", SHORT, async () => {
  server.answer((response) => sendParts(response, [streamOf("yes")]));
  await reply({ apiKey: "sk-1", headers: { "X-Title": "ibid" } });
  await reply({ apiKey: "sk-1", headers: { Authorization: "Basic abc" } });
  assert.equal(server.asked[0].headers.authorization, "Bearer sk-1");
  assert.equal(server.asked[0].headers["x-title"], "ibid");
  assert.equal(server.asked[1].headers.authorization, "Basic abc");
});

test("what fetch is told keeps cookies, referrer, cache and redirects out", SHORT, async () => {
  const { signal } = new AbortController();
  let told;
  const fetch = async (url, init) => {
    told = { url, ...init };
    return new Response(streamOf("yes"), { headers: { "content-type": "text/event-stream" } });
  };
  assert.equal(await reply({ fetch }, { signal }), "yes");
  const { url, method, credentials, referrerPolicy, redirect, cache } = told;
  assert.deepEqual(
    { url, method, credentials, referrerPolicy, redirect, cache },
    {
      url: `${server.address}/v1/chat/completions`,
      method: "POST",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
    },
  );
  assert.equal(told.signal, signal);
});

test("nothing is sent before the reply is read, and messages are checked first", SHORT, async () => {
  server.answer((response) => sendParts(response, [streamOf("yes")]));
  const chunks = model()(MESSAGES, {});
  await setTimeout(20);
  assert.equal(server.asked.length, 0);
  assert.equal(await textOf(chunks), "yes");
  for (const messages of [
    [],
    undefined,
    [{}],
    [{ role: "tool", content: "" }],
    [{ role: "user", content: 1 }],
    [null],
  ]) {
    await assert.rejects(textOf(model()(messages, {})), { code: "invalid-argument" }, inspect(messages));
  }
  assert.equal(server.asked.length, 1);
});

test("a redirect is not followed", SHORT, async () => {
  let followed = 0;
  const other = await startChatServer();
  other.answer((response) => {
    followed++;
    return sendParts(response, [streamOf("stolen")]);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    server.answer((response) =>
      response.writeHead(status, { location: `${other.address}/v1/chat/completions` }).end(),
    );
    await assert.rejects(reply(), (error) => error instanceof ChatError && /redirect/.test(error.message));
  }
  assert.equal(followed, 0);
  other.close();
});

// What comes back.

/**
 * A stream with everything that the standard allows: a byte order mark, three kinds of line ends, comments, fields without a
 * space, a value or a colon, data on several lines, types and ids, and text of one to four bytes.
 */
const TEXT = "Le bailleur répare le toit [1]. 房东修理屋顶。😀👩‍👩‍👧\u2028\r\n end\ud83d\ude01";
const HOSTILE = [
  "\ufeff: keep-alive\r\r\n",
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
  ":\n\nretry: 10\nid: 1\ndata\n\n",
  `data:${JSON.stringify(chunk("Le bailleur répare "))}\r\n\r\n`,
  `event: message\rdata: ${JSON.stringify(chunk("le toit [1]. 房东修理"))}\r\r`,
  `: \u{1f600} a comment: data: ${JSON.stringify(chunk("not this"))}\n`,
  ` data: ${JSON.stringify(chunk("nor this"))}\n`,
  `Data: ${JSON.stringify(chunk("nor that"))}\n`,
  JSON.stringify(chunk("屋顶。😀👩‍👩‍👧\u2028"), null, 1)
    .split("\n")
    .map((line) => `data: ${line}\r\n`)
    .join(""),
  "\n",
  'data: {"choices":[]}\n\n',
  'data: {"choices":[{"index":1,"delta":{"content":"second choice"}},{"index":0,"delta":{"content":"\\r\\n"}}]}\n\n',
  'data: {"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}],"error":null}\n\n',
  // A pair that the server cut in JSON.
  'data: {"choices":[{"delta":{"content":" end\\ud83d"}}]}\r\n\r\n',
  'data: {"choices":[{"delta":{"content":"\\ude01"},"finish_reason":"stop"}]}\r\n\r\n',
  'data: {"usage":{"total_tokens":9},"choices":[]}\n\n',
  "data: [DONE]\n\ndata: and what follows is of no interest\n\n",
].join("");

function chunk(content) {
  return {
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  };
}

/** A fetch whose body comes in the given parts. */
function fetchOf(parts, type = "text/event-stream") {
  return async () => new Response(ReadableStream.from(parts), { headers: { "content-type": type } });
}

function split(bytes, cuts) {
  const ends = [...cuts, bytes.length];
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
}

/** Pseudo-random numbers, the same on each run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomSplit(bytes, random) {
  const count = 1 + Math.floor(random() * 40);
  const cuts = Array.from({ length: count }, () => Math.floor(random() * (bytes.length + 1)));
  return split(
    bytes,
    cuts.sort((a, b) => a - b),
  ); // where two are equal, a part is empty
}

test("a stream that is cut at any byte gives the same text", SHORT, async () => {
  const bytes = new TextEncoder().encode(HOSTILE);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.equal(await reply({ fetch: fetchOf(split(bytes, [cut])) }), TEXT, `cut at ${cut}`);
  }
});

test("a stream in any pieces gives the same text", SHORT, async () => {
  const bytes = new TextEncoder().encode(HOSTILE);
  const random = randomFrom(13);
  for (let round = 0; round < 500; round++) {
    const parts = randomSplit(bytes, random);
    const lengths = parts.map(({ length }) => length).join(" ");
    assert.equal(await reply({ fetch: fetchOf(parts) }), TEXT, lengths);
  }
  assert.equal(
    await reply({ fetch: fetchOf([...bytes].map((byte) => Uint8Array.of(byte))) }),
    TEXT,
    "byte by byte",
  );
});

test("a real server may cut it as it likes", SHORT, async () => {
  const bytes = new TextEncoder().encode(HOSTILE);
  const random = randomFrom(31);
  for (let round = 0; round < 20; round++) {
    const parts = randomSplit(bytes, random).filter(({ length }) => length > 0);
    server.answer((response) => sendParts(response, parts));
    assert.equal(await reply(), TEXT);
  }
  server.answer((response) =>
    sendParts(
      response,
      split(bytes, bytes.keys()).filter(({ length }) => length > 0),
    ),
  );
  assert.equal(await reply(), TEXT);
});

/** Streams and their events, as [type, data]. The last four are examples of the standard. */
const EVENTS = [
  ["", []],
  ["data: a", []],
  ["data: a\n", []],
  ["data: a\n\n", [["message", "a"]]],
  ["data: a\r\r", [["message", "a"]]],
  ["data: a\r\n\r\n", [["message", "a"]]],
  ["data: a\r\n\n", [["message", "a"]]],
  ["data: a\n\r", [["message", "a"]]],
  ["data:  a \n\n", [["message", " a "]]],
  ["data:a:b: c\n\n", [["message", "a:b: c"]]],
  ["event: error\n\ndata: a\n\n", [["message", "a"]]],
  [
    "event: error\ndata: a\n\ndata: b\n\n",
    [
      ["error", "a"],
      ["message", "b"],
    ],
  ],
  ["event: x\nevent\ndata: a\n\n", [["message", "a"]]],
  ["\n\n\n\n", []],
  ["data: a\u0085b\u2028c\vd\n\n", [["message", "a\u0085b\u2028c\vd"]]],
  ["data: YHOO\ndata: +2\ndata: 10\n\n", [["message", "YHOO\n+2\n10"]]],
  [
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    [
      ["message", "first event"],
      ["message", "second event"],
      ["message", " third event"],
    ],
  ],
  [
    "data\n\ndata\ndata\n\ndata:",
    [
      ["message", ""],
      ["message", "\n"],
    ],
  ],
  [
    "data:test\n\ndata: test\n\n",
    [
      ["message", "test"],
      ["message", "test"],
    ],
  ],
];

test("events are told by the standard, however the text is cut", () => {
  const random = randomFrom(7);
  for (const [text, expected] of EVENTS) {
    for (let round = 0; round < 50; round++) {
      const parser = new EventStreamParser();
      const events = [];
      for (let at = 0; at < text.length; ) {
        const length = round === 0 ? text.length : Math.floor(random() * 4);
        events.push(...parser.push(text.slice(at, at + length)));
        at += length;
      }
      assert.deepEqual(
        events.map(({ type, data }) => [type, data]),
        expected,
        JSON.stringify(text),
      );
    }
  }
});

const WHOLE = {
  choices: [{ index: 0, message: { role: "assistant", content: TEXT }, finish_reason: "stop" }],
};

for (const type of [
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "application/octet-stream",
]) {
  test(`a reply that is not streamed is taken whole, as ${type}`, SHORT, async () => {
    const bytes = new TextEncoder().encode(`\n ${JSON.stringify(WHOLE)}`);
    server.answer((response) => sendParts(response, split(bytes, [1, 2, 60, 61, 62]), type));
    assert.equal(await reply(), TEXT);
  });
}

test("a stream with the wrong type, or none, is a stream", SHORT, async () => {
  for (const type of ["text/plain", "application/octet-stream", ""]) {
    server.answer((response) => sendParts(response, ["\n: hello\n\n", streamOf("y", "es")], type));
    assert.equal(await reply(), "yes", type);
  }
});

test("a stream that says it has finished need not say [DONE]", SHORT, async () => {
  server.answer((response) => sendParts(response, [streamOf("yes").replace("data: [DONE]\n\n", "")]));
  assert.equal(await reply(), "yes");
});

test("a stream that does not end after [DONE] is left after a while", SHORT, async () => {
  const closed = new Promise((resolve) => {
    server.answer((response) => {
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" }).write(streamOf("yes"));
    });
  });
  const started = performance.now();
  assert.equal(await reply(), "yes");
  assert.ok(performance.now() - started < 900, "nobody waits for the end");
  await closed;
});

test("one connection serves questions one after the other", SHORT, async () => {
  const sockets = new Set();
  server.answer(async (response) => {
    sockets.add(response.socket);
    await sendParts(response, streamOf("y", "es").split(/(?<=\n\n)/));
  });
  for (let round = 0; round < 20; round++) {
    assert.equal(await reply(), "yes");
    await setTimeout(5);
  }
  assert.ok(sockets.size < 5, `${sockets.size} connections`);
});

test("text comes as it is sent", SHORT, async () => {
  const [first, second] = streamOf("one", "two").split(/(?<=\n\n)/);
  let go;
  server.answer(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(first);
    await new Promise((resolve) => {
      go = resolve;
    });
    response.end(`${second}data: [DONE]\n\n`);
  });
  const chunks = askModel(model(), MESSAGES);
  assert.equal((await chunks.next()).value, "one");
  go();
  assert.equal((await chunks.next()).value, "two");
  assert.equal((await chunks.next()).done, true);
});

// What goes wrong.

const json = (value) => ["application/json", JSON.stringify(value)];
const events = (...datas) => ["text/event-stream", datas.map((data) => `data: ${data}\n\n`).join("")];
const PIECE = JSON.stringify(chunk("The landlord"));

/** Status, type and body of what servers say, and what is told of it. */
const REFUSALS = [
  [
    404,
    json({ error: { message: "model 'tiny' not found", code: null } }),
    /status 404: model 'tiny' not found$/,
  ],
  [400, json({ error: "invalid model name" }), /status 400: invalid model name$/],
  [400, json({ object: "error", message: "too long" }), /status 400: too long$/],
  [422, json({ detail: [{ loc: ["body"], msg: "field required" }] }), /status 422: field required$/],
  [422, json({ detail: "wrong" }), /status 422: wrong$/],
  [503, ["text/plain", "Loading\n\u202emodel"], /status 503: Loading model$/],
  [500, ["text/plain", ""], /status 500$/],
  [500, json({}), /status 500: \{\}$/],
  [502, ["text/html", "<html><script>alert(1)</script></html>"], /status 502: it sent a web page$/],
  [500, ["application/json", '{"error":'], /status 500: \{"error":$/],
];

for (const [status, [type, body], message] of REFUSALS) {
  test(`the status ${status} is told: ${message.source}`, SHORT, async () => {
    server.answer((response) => response.writeHead(status, { "content-type": type }).end(body));
    await assert.rejects(reply(), (error) => {
      assert.ok(error instanceof ChatError);
      assert.equal(error.status, status);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(server.asked.length, 1, "it is not tried again");
  });
}

test("a server's endless message is cut, and not read to its end", SHORT, async () => {
  let isClosed = false;
  server.answer(async (response) => {
    response.on("close", () => {
      isClosed = true;
    });
    response.writeHead(500, { "content-type": "text/plain" });
    while (!isClosed) {
      response.write("too much ".repeat(1000));
      await setTimeout(1);
    }
  });
  await assert.rejects(reply(), (error) => error.status === 500 && error.message.length < 400);
  while (!isClosed) await setTimeout(5);
});

const DAMAGED = [
  [
    "an error in the stream",
    events(PIECE, '{"error":{"message":"out of memory"}}'),
    /failed: out of memory$/,
  ],
  ["an error of a type", ["text/event-stream", "event: error\ndata: it broke\n\n"], /failed: it broke$/],
  ["an error instead of a reply", json({ error: { message: "busy" } }), /failed: busy$/],
  ["a stream that breaks off", events(PIECE), /broke off/],
  ["a stream that ends in an event", ["text/event-stream", `data: ${PIECE}\n\ndata: [DO`], /broke off/],
  ["an event that is no JSON", events(PIECE, '{"choices":['), /no chat completion/],
  ["an event that is a list", events("[1]"), /no chat completion/],
  ["content that is no text", events('{"choices":[{"delta":{"content":[1]}}]}'), /content is no text/],
  [
    "a web page",
    ["text/html", "<!doctype html>\n<p>data: hello</p>\n\n"],
    /of type text\/html, is no chat completion/,
  ],
  ["nothing", ["text/event-stream", ""], /no chat completion/],
  ["nothing at all", ["application/json", ""], /no chat completion/],
  ["JSON without choices", json({ id: 7 }), /has no choices/],
];

for (const [name, [type, body], message] of DAMAGED) {
  test(`${name} is a typed error`, SHORT, async () => {
    server.answer((response) => sendParts(response, [body], type));
    await assert.rejects(reply(), (error) => {
      assert.ok(error instanceof ChatError, inspect(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

test("what came before a connection broke is given, and then the error", SHORT, async () => {
  server.answer(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${PIECE}\n\n`);
    await setTimeout(50);
    response.destroy();
  });
  const chunks = askModel(model(), MESSAGES);
  assert.equal((await chunks.next()).value, "The landlord");
  await assert.rejects(
    chunks.next(),
    (error) => error instanceof ChatError && /broke off/.test(error.message),
  );
});

test("an endless line is not kept", SHORT, async () => {
  let sent = 0;
  async function* endless() {
    const part = new TextEncoder().encode(`data: ${"x".repeat(2 ** 20)}`);
    for (;;) {
      sent += part.length;
      yield part;
    }
  }
  await assert.rejects(reply({ fetch: fetchOf(endless()) }), (error) => error instanceof ChatError);
  assert.ok(sent < 2 ** 24, `${sent} bytes were taken`);
});

test("where nobody listens, that is said", SHORT, async () => {
  const gone = await startChatServer();
  gone.close();
  await assert.rejects(reply({ url: gone.address }), (error) => {
    assert.ok(error instanceof ChatError);
    assert.equal(error.status, undefined);
    assert.match(error.message, new RegExp(`no answer from ${gone.address}`));
    return true;
  });
});

// The key.

const LEAKS = [
  ["a refusal", (response) => response.writeHead(401).end(`Incorrect key: ${KEY}`)],
  [
    "a refusal in JSON",
    (response) => response.writeHead(401).end(JSON.stringify({ error: { message: KEY } })),
  ],
  ["a refusal in other JSON", (response) => response.writeHead(401).end(JSON.stringify({ key: KEY }))],
  [
    "a refusal with an address",
    (response) => response.writeHead(401).end(`/?key=${encodeURIComponent(KEY)}`),
  ],
  [
    "a refusal with the key where it is cut",
    (response) => response.writeHead(401).end("x".repeat(285) + KEY),
  ],
  [
    "an error in the stream",
    (response) => sendParts(response, [`data: {"error":${JSON.stringify(KEY)}}\n\n`]),
  ],
  ["a stream of something else", (response) => sendParts(response, [`data: ${KEY}\n\n`])],
  ["a type", (response) => sendParts(response, ["hello\n"], KEY)],
];

for (const [name, answer] of LEAKS) {
  test(`the key is not in the error for ${name}`, SHORT, async () => {
    const ways = [
      { apiKey: KEY },
      { headers: { "api-key": KEY } },
      { headers: { Authorization: `Bearer ${KEY}` } },
      { url: `${server.address}/v1?key=${encodeURIComponent(KEY)}` },
    ];
    for (const options of ways) {
      server.answer(answer);
      await assert.rejects(reply(options), (error) => {
        const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
        assert.ok(!shown.includes("sk-secret"), shown);
        return true;
      });
    }
  });
}

test("the key is not in the error of a fetch that tells its request", SHORT, async () => {
  const fetch = async (_, { headers }) => {
    const error = new Error(`cannot send ${headers.get("authorization")}`);
    throw Object.assign(error, { request: { headers: [...headers] } });
  };
  await assert.rejects(reply({ apiKey: KEY, fetch }), (error) => {
    assert.ok(error instanceof ChatError && !inspect(error, { depth: 9 }).includes("sk-secret"));
    return true;
  });
});

// Aborting.

test("an abort ends the request, before and while the reply comes", SHORT, async () => {
  for (const head of [undefined, `data: ${PIECE}\n\n`]) {
    const closed = new Promise((resolve) => {
      server.answer((response) => {
        response.on("close", resolve);
        if (head !== undefined) response.writeHead(200, { "content-type": "text/event-stream" }).write(head);
      });
    });
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(50).then(() => controller.abort(reason));
    await assert.rejects(reply({}, { signal: controller.signal }), (error) => {
      return error.code === "aborted" && error.cause === reason;
    });
    await closed;
  }
});

test("an abort ends the reading of a refusal", SHORT, async () => {
  server.answer((response) => response.writeHead(500).write("because"));
  await assert.rejects(reply({}, { signal: AbortSignal.timeout(50) }), { code: "aborted" });
});

test("an abort ends a fetch that does not heed it, and its late response", SHORT, async () => {
  let cancelled;
  const isCancelled = new Promise((resolve) => {
    cancelled = resolve;
  });
  const body = new ReadableStream({ cancel: cancelled });
  const fetch = () => setTimeout(60).then(() => new Response(body));
  await assert.rejects(reply({ fetch }, { signal: AbortSignal.timeout(20) }), { code: "aborted" });
  await isCancelled;
});

test("a reply that is read no further ends the request", SHORT, async () => {
  const closed = new Promise((resolve) => {
    server.answer((response) => {
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" }).write(`data: ${PIECE}\n\n`);
    });
  });
  for await (const _ of askModel(model(), MESSAGES)) break;
  await closed;
});
