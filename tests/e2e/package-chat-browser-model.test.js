// The browser's own model, by a stand-in with the shape of the Prompt API: no browser for tests has the real one.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ChatError } from "../../pkg/dist/chat/failure.js";
import { browserModel, browserModelAvailability } from "../../pkg/dist/chat/prompt-api.js";
import { askModel } from "../../pkg/dist/chat/reply.js";
import { textOf } from "./chat-server.js";

const SHORT = { timeout: 10_000 };
const never = () => new Promise(() => {});
const QUESTION = [{ role: "user", content: "Who repairs the roof?" }];

afterEach(() => {
  delete globalThis.LanguageModel;
});

/**
 * Puts a model in place of the browser's, which refuses what the standard has it refuse. Returns what it was told, and how
 * many sessions are open.
 */
function pretend({
  availability = "available",
  stream = () => ReadableStream.from(["yes"]),
  created = () => {},
} = {}) {
  const told = { available: [], created: [], asked: [], open: 0, destroyed: 0 };
  class LanguageModel {
    static async availability(features) {
      told.available.push(features);
      return typeof availability === "function" ? availability() : availability;
    }
    static async create(options) {
      const { initialPrompts = [], monitor, signal } = options;
      signal?.throwIfAborted();
      if (initialPrompts.slice(1).some(({ role }) => role === "system"))
        throw new TypeError("system is not first");
      told.created.push(options);
      const target = new EventTarget();
      monitor?.(target);
      await created(target);
      told.open++;
      return new LanguageModel();
    }
    promptStreaming(input, options) {
      told.asked.push([input, options]);
      return stream(options);
    }
    destroy() {
      told.open--;
      told.destroyed++;
    }
  }
  globalThis.LanguageModel = LanguageModel;
  return told;
}

/** A signal; unlike that of `AbortSignal.timeout` it keeps Node waiting. */
function abortIn(milliseconds) {
  const controller = new AbortController();
  setTimeout(milliseconds).then(() => controller.abort());
  return controller.signal;
}

const ask = (messages = QUESTION, options = {}, asking = {}) =>
  textOf(askModel(browserModel(options), messages, asking));

test("a browser without a model is a typed error, and none is available", SHORT, async () => {
  assert.throws(() => browserModel(), { code: "chat-unavailable", name: "IbidError" });
  assert.equal(await browserModelAvailability(), "unavailable");
  globalThis.LanguageModel = {};
  assert.throws(() => browserModel(), { code: "chat-unavailable" });
});

test("the availability is the browser's, and asking creates nothing", SHORT, async () => {
  for (const availability of ["unavailable", "downloadable", "downloading", "available"]) {
    const told = pretend({ availability });
    assert.equal(await browserModelAvailability({ languages: ["en", "DE-de"] }), availability);
    const expected = [{ type: "text", languages: ["en", "de-DE"] }];
    assert.deepEqual(told.available, [{ expectedInputs: expected, expectedOutputs: expected }]);
    assert.equal(told.created.length, 0);
  }
});

test("a frame that may not use the model has none", SHORT, async () => {
  pretend({ availability: () => Promise.reject(new DOMException("not here", "InvalidStateError")) });
  assert.equal(await browserModelAvailability(), "unavailable");
});

test("languages that are none are refused", SHORT, async () => {
  pretend();
  for (const languages of [["english please"], "e n", [7], 7, null]) {
    assert.throws(() => browserModel({ languages }), { code: "invalid-argument" });
    await assert.rejects(browserModelAvailability({ languages }), { code: "invalid-argument" });
  }
  assert.throws(() => browserModel({ onDownload: "yes" }), { code: "invalid-argument" });
});

test("the reply streams, and its session ends with it", SHORT, async () => {
  const told = pretend({ stream: () => ReadableStream.from(["The land", "lord", "."]) });
  const model = browserModel();
  assert.equal(model.isRemote, undefined);
  const chunks = [];
  for await (const chunk of askModel(model, QUESTION)) {
    assert.equal(told.open, 1);
    chunks.push(chunk);
  }
  assert.deepEqual(chunks, ["The land", "lord", "."]);
  assert.deepEqual([told.open, told.destroyed], [0, 1]);
  assert.deepEqual(told.asked, [["Who repairs the roof?", {}]]);
  assert.deepEqual(told.created, [{}]);
});

test("what the system says comes first and in one, and the last message is the question", SHORT, async () => {
  const told = pretend();
  const messages = [
    { role: "user", content: "Is there a lease?" },
    { role: "system", content: "Cite." },
    { role: "assistant", content: "Yes [1].", source: "kept out" },
    { role: "system", content: "Be brief." },
    ...QUESTION,
  ];
  assert.equal(await ask(messages), "yes");
  assert.deepEqual(told.created[0].initialPrompts, [
    { role: "system", content: "Cite.\n\nBe brief." },
    { role: "user", content: "Is there a lease?" },
    { role: "assistant", content: "Yes [1]." },
  ]);
  assert.equal(told.asked[0][0], "Who repairs the roof?");
});

test("messages that do not end with the user's are refused, and no session is made", SHORT, async () => {
  const told = pretend();
  const others = [
    [],
    [{ role: "system", content: "Cite." }],
    [...QUESTION, { role: "assistant", content: "Yes" }],
  ];
  for (const messages of others) {
    await assert.rejects(ask(messages), { code: "invalid-argument" });
  }
  assert.equal(told.created.length, 0);
});

test("a model that is not available is a typed error, and no session is made", SHORT, async () => {
  const told = pretend({ availability: "unavailable" });
  await assert.rejects(ask(), { code: "chat-unavailable" });
  assert.equal(told.created.length, 0);
});

test("the download tells how far it is, until the caller aborts", SHORT, async () => {
  const controller = new AbortController();
  const progress = (loaded, total) => Object.assign(new Event("downloadprogress"), { loaded, total });
  pretend({
    availability: "downloadable",
    created(target) {
      for (const [loaded, total] of [
        [0, 1],
        [0.5, 1],
        [0.7, 0],
        [30, 40],
        [1, 1],
      ]) {
        target.dispatchEvent(progress(loaded, total));
      }
      controller.abort();
      target.dispatchEvent(progress(1, 1));
    },
  });
  const fractions = [];
  const onDownload = (fraction) => fractions.push(fraction);
  await assert.rejects(ask(QUESTION, { onDownload }, { signal: controller.signal }), { code: "aborted" });
  assert.deepEqual(fractions, [0, 0.5, 0.7, 0.75, 1]);
});

test("an abort ends every step at once, and no session stays open", SHORT, async () => {
  const late = () => setTimeout(60);
  const steps = [
    { availability: never },
    { created: late },
    { stream: () => new ReadableStream({ pull: never }) },
    { stream: () => new ReadableStream({ pull: never, cancel: never }) },
  ];
  for (const step of steps) {
    const told = pretend(step);
    const started = performance.now();
    await assert.rejects(ask(QUESTION, {}, { signal: abortIn(20) }), { code: "aborted" });
    assert.ok(performance.now() - started < 2000);
    await setTimeout(100);
    assert.equal(told.open, 0);
    assert.equal(told.destroyed, step.availability ? 0 : 1);
  }
});

test("the browser is given the signal", SHORT, async () => {
  const told = pretend();
  const { signal } = new AbortController();
  await ask(QUESTION, {}, { signal });
  assert.equal(told.created[0].signal, signal);
  assert.equal(told.asked[0][1].signal, signal);
});

test("a reply that is read no further ends its session", SHORT, async () => {
  const cancelled = [];
  const stream = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue("more "),
      cancel: () => cancelled.push("stream"),
    });
  const told = pretend({ stream });
  for await (const _ of askModel(browserModel(), QUESTION)) break;
  await setTimeout(5);
  assert.deepEqual([cancelled, told.open, told.destroyed], [["stream"], 0, 1]);
});

const long = Object.assign(new DOMException("too long", "QuotaExceededError"), {
  requested: 9000,
  quota: 6000,
});

/** What the browser throws, and what is made of it. */
const FAILURES = [
  [long, "invalid-argument", /9000 tokens, and it takes 6000$/],
  [
    new DOMException("too long", "QuotaExceededError"),
    "invalid-argument",
    /too long for the browser's model$/,
  ],
  [new DOMException("no Welsh", "NotSupportedError"), "chat-unavailable", /languages/],
  [new DOMException("no click", "NotAllowedError"), undefined, /only after a click/],
  [new DOMException("it crashed", "UnknownError"), undefined, /UnknownError: it crashed$/],
  [new DOMException("destroyed", "AbortError"), undefined, /AbortError: destroyed$/],
  [new TypeError("odd"), undefined, /TypeError: odd$/],
  ["a string", undefined, /a string$/],
];

for (const [thrown, code, message] of FAILURES) {
  test(`what the browser throws is typed: ${message.source}`, SHORT, async () => {
    const fail = () => {
      throw thrown;
    };
    const failing = new ReadableStream({ pull: fail });
    for (const step of [{ created: fail }, { stream: fail }, { stream: () => failing }]) {
      const told = pretend(step);
      await assert.rejects(ask(), (error) => {
        assert.match(error.message, message);
        assert.equal(error.cause, thrown);
        assert.ok(code === undefined ? error instanceof ChatError : error.code === code);
        return true;
      });
      assert.equal(told.open, 0);
      assert.equal(told.destroyed, step.created ? 0 : 1);
    }
  });
}
