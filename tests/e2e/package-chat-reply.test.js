// Replies of any form as text: what models of callers may give, and what they must not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ChatError } from "../../pkg/dist/chat/failure.js";
import { askModel, chunksOf } from "../../pkg/dist/chat/reply.js";
import { IbidError } from "../../pkg/dist/error.js";
import { textOf } from "./chat-server.js";

const SHORT = { timeout: 10_000 };
const never = () => new Promise(() => {});

async function* generator(...pieces) {
  yield* pieces;
}

const REPLIES = [
  ["a string", () => "one two"],
  ["a promise of a string", async () => "one two"],
  ["an async generator", () => generator("one", " ", "", "two")],
  ["a promise of an async generator", async () => generator("one", " two")],
  ["a stream", () => ReadableStream.from(["one", " two"])],
  ["a promise of a stream", async () => ReadableStream.from(["one", " two"])],
  [
    "a stream that cannot be iterated",
    () => ({ getReader: () => ReadableStream.from(["one two"]).getReader() }),
  ],
  ["an iterable without return()", () => iterable(["one", " two"])],
];

function iterable(pieces) {
  const left = [...pieces];
  const next = async () => (left.length > 0 ? { value: left.shift() } : { done: true, value: "ignored" });
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

for (const [name, reply] of REPLIES) {
  test(`${name} is a reply`, SHORT, async () => {
    const chunks = [];
    for await (const chunk of askModel(() => reply(), [])) chunks.push(chunk);
    assert.equal(chunks.join(""), "one two");
    assert.ok(!chunks.includes(""));
  });
}

test("an empty reply has no chunks", SHORT, async () => {
  for (const reply of ["", generator(), generator("", ""), ReadableStream.from([])]) {
    assert.deepEqual(await chunksOf(reply).next(), { done: true, value: undefined });
  }
});

test("a surrogate pair that the model cuts is in one chunk", SHORT, async () => {
  const chunks = [];
  for await (const chunk of chunksOf(generator("a\ud83d", "\ude00b\ud83d", "", "\ude01", "\ud83d"))) {
    chunks.push(chunk);
  }
  assert.deepEqual(chunks, ["a", "😀b", "😁", "\ud83d"]);
});

const NO_REPLIES = [
  [undefined, /found undefined$/],
  [null, /found null$/],
  [7, /found a number$/],
  [["one"], /found an Array$/],
  [{ text: "one" }, /found an Object$/],
  [generator("one", 2), /found a piece that is a number$/],
  [generator(undefined), /found a piece that is undefined$/],
  [ReadableStream.from([new Uint8Array(2)]), /found a piece that is an? Uint8Array$/],
  [Promise.resolve({}), /found an Object$/],
];

for (const [reply, message] of NO_REPLIES) {
  test(`what is no text is refused: ${message}`, SHORT, async () => {
    await assert.rejects(textOf(chunksOf(reply)), (error) => {
      assert.ok(error instanceof IbidError);
      assert.equal(error.code, "invalid-argument");
      assert.match(error.message, message);
      return true;
    });
  });
}

test("a stream that somebody else reads is refused", SHORT, async () => {
  const stream = ReadableStream.from(["one"]);
  stream.getReader();
  await assert.rejects(textOf(chunksOf(stream)), { code: "invalid-argument" });
});

test("a model that is no function is refused", SHORT, async () => {
  for (const model of [undefined, null, "gpt", { model: "gpt" }]) {
    await assert.rejects(textOf(askModel(model, [])), { code: "invalid-argument" });
  }
});

const FAILURES = [
  ["a model that throws", () => fail()],
  ["a promise that rejects", async () => fail()],
  [
    "a generator that throws",
    async function* () {
      yield "one";
      fail();
    },
  ],
  ["a stream that errors", () => new ReadableStream({ pull: () => fail() })],
  [
    "an iterator whose next() throws at once",
    () => ({ [Symbol.asyncIterator]: () => ({ next: () => fail() }) }),
  ],
];

const cause = new TypeError("the weights are gone");
function fail() {
  throw cause;
}

for (const [name, model] of FAILURES) {
  test(`${name} is a typed error with its cause`, SHORT, async () => {
    await assert.rejects(textOf(askModel(model, [])), (error) => {
      assert.ok(error instanceof ChatError && error instanceof IbidError);
      assert.equal(error.message, "the model failed: TypeError: the weights are gone");
      assert.equal(error.cause, cause);
      return true;
    });
  });
}

test("errors of this library pass unchanged", SHORT, async () => {
  const error = new IbidError("closed", "the collection was closed");
  const model = async () => {
    throw error;
  };
  await assert.rejects(textOf(askModel(model, [])), (found) => found === error);
});

/** Replies that never go on and heed no signal; each tells of its end. */
const STUBBORN = [
  ["a promise", (ended) => [never(), () => ended.push("promise")]],
  ["a stream", (ended) => [new ReadableStream({ pull: never, cancel: () => ended.push("stream") })]],
  ["a stream whose cancel() never ends", (ended) => [stuckStream(ended)]],
  [
    "an iterator",
    (ended) => {
      const iterator = { next: never, return: () => ended.push("iterator") };
      return [{ [Symbol.asyncIterator]: () => iterator }];
    },
  ],
];

function stuckStream(ended) {
  const cancel = () => {
    ended.push("stuck stream");
    return never();
  };
  return new ReadableStream({ pull: never, cancel });
}

for (const [name, make] of STUBBORN) {
  test(`an abort ends ${name} that does not heed it, at once`, SHORT, async () => {
    const ended = [];
    const [reply] = make(ended);
    const controller = new AbortController();
    const reason = new Error("enough");
    const started = performance.now();
    setTimeout(20).then(() => controller.abort(reason));
    await assert.rejects(textOf(chunksOf(reply, { signal: controller.signal })), (error) => {
      assert.equal(error.code, "aborted");
      assert.equal(error.cause, reason);
      return true;
    });
    assert.ok(performance.now() - started < 2000);
    assert.equal(ended.length, name === "a promise" ? 0 : 1);
  });
}

test("an abort ends a model that never waits", SHORT, async () => {
  const controller = new AbortController();
  let count = 0;
  async function* endless() {
    for (;;) yield "more ";
  }
  const run = async () => {
    for await (const _ of chunksOf(endless(), { signal: controller.signal })) {
      if (++count === 100) controller.abort();
    }
  };
  await assert.rejects(run(), { code: "aborted" });
  assert.equal(count, 100);
});

test("a model is not asked where the signal has aborted before", SHORT, async () => {
  let calls = 0;
  const model = () => {
    calls++;
    return "one";
  };
  const signal = AbortSignal.abort("early");
  await assert.rejects(textOf(askModel(model, [], { signal })), { code: "aborted", cause: "early" });
  assert.equal(calls, 0);
});

test("a stream that comes after the abort is cancelled", SHORT, async () => {
  const cancelled = Promise.withResolvers?.() ?? withResolvers();
  const controller = new AbortController();
  const late = setTimeout(30).then(() => new ReadableStream({ pull: never, cancel: cancelled.resolve }));
  setTimeout(5).then(() => controller.abort());
  await assert.rejects(textOf(chunksOf(late, { signal: controller.signal })), { code: "aborted" });
  await cancelled.promise;
});

function withResolvers() {
  let resolve;
  const promise = new Promise((it) => {
    resolve = it;
  });
  return { promise, resolve };
}

test("what a model throws because of the abort is an abort", SHORT, async () => {
  const model = async (_, { signal }) => {
    await setTimeout(10_000, undefined, { signal });
    return "late";
  };
  const asked = textOf(askModel(model, [], { signal: AbortSignal.timeout(10) }));
  await assert.rejects(asked, (error) => error.code === "aborted" && error.cause.name === "TimeoutError");
});

test("a model that hears of the abort first rejects with an abort, too", SHORT, async () => {
  // As where a browser runs what waits between two listeners.
  const signal = { aborted: false, reason: "enough", addEventListener() {}, removeEventListener() {} };
  const model = async () => {
    await setTimeout(5);
    signal.aborted = true;
    throw new DOMException("ended", "AbortError");
  };
  await assert.rejects(textOf(askModel(model, [], { signal })), { code: "aborted", cause: "enough" });
});

test("a signal that is none is refused", SHORT, async () => {
  await assert.rejects(textOf(askModel(() => "one", [], { signal: {} })), { code: "invalid-argument" });
});

test("a reply that is read no further is cancelled, once", SHORT, async () => {
  const ended = [];
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue("more "),
    cancel: () => ended.push("stream"),
  });
  async function* endless() {
    try {
      for (;;) yield "more ";
    } finally {
      ended.push("generator");
    }
  }
  for (const reply of [stream, endless()]) {
    for await (const _ of chunksOf(reply)) break;
  }
  await setTimeout(5);
  assert.deepEqual(ended, ["stream", "generator"]);
});

test("no listener stays at the signal", SHORT, async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const counting = {
    get aborted() {
      return signal.aborted;
    },
    addEventListener: (...args) => {
      listeners++;
      signal.addEventListener(...args);
    },
    removeEventListener: (...args) => {
      listeners--;
      signal.removeEventListener(...args);
    },
  };
  await textOf(askModel(() => generator("one", "two", "three"), [], { signal: counting }));
  await assert.rejects(textOf(askModel(() => generator(1), [], { signal: counting })));
  assert.equal(listeners, 0);
});
