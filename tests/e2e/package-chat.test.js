// Models behind the chat completions protocol in a real browser, whose fetch has rules of its own.

import assert from "node:assert/strict";
import { sendParts, streamOf } from "./chat-server.js";
import { packageSite } from "./package-site.js";

/** The headers of what was asked for, by path. */
const asked = new Map();
/** What to do when a request to `/slow` is closed. */
let onClose = () => {};

const ANSWERS = {
  "/v1/chat/completions": (response) =>
    sendParts(response, bytesOf(streamOf("Der Vermieter ", "répare 😀."))),
  "/moved/chat/completions": (response) =>
    response.writeHead(307, { location: "/v1/chat/completions" }).end(),
  "/refused/chat/completions": (response) =>
    response
      .writeHead(401, { "content-type": "application/json" })
      .end('{"error":{"message":"no such key: sk-secret"}}'),
  "/slow/chat/completions": (response) => {
    response.on("close", () => onClose());
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(streamOf("Der Vermieter").split("\n\n")[0].concat("\n\n"));
  },
};

function bytesOf(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte));
}

const scenario = packageSite({}, (request, response) => {
  const answer = ANSWERS[request.url];
  if (answer === undefined) return false;
  asked.set(request.url, request.headers);
  void answer(response);
  return true;
});

/** Defines what tests are written with. */
function prepare() {
  globalThis.askAt = async (path, options) => {
    const model = ibid.openAiCompatible({ url: new URL(path, location.href), model: "tiny", ...options });
    let text = "";
    for await (const chunk of ibid.askModel(model, [{ role: "user", content: "Who repairs the roof?" }]))
      text += chunk;
    return text;
  };
}

scenario("a reply streams into the page; cookies and referrer stay", async ({ visit, context }, site) => {
  await context.addCookies([{ name: "session", value: "secret", url: site.address }]);
  const page = await visit();
  await page.evaluate(prepare);
  await page.evaluate(async () => (await fetch("/v1/chat/completions", { method: "POST" })).text());
  assert.equal(asked.get("/v1/chat/completions").cookie, "session=secret", "it would be sent");
  assert.equal(await page.evaluate(() => askAt("/v1")), "Der Vermieter répare 😀.");
  const { cookie, referer, authorization } = asked.get("/v1/chat/completions");
  assert.deepEqual([cookie, referer, authorization], [undefined, undefined, undefined]);
  // An address of the page's own server is as near as the page is.
  const relative = await page.evaluate(() => {
    const { isRemote, origin } = ibid.openAiCompatible({ url: "/v1", model: "tiny" });
    return { isRemote, isOwn: origin === location.origin };
  });
  assert.deepEqual(relative, { isRemote: false, isOwn: true });
});

scenario("a redirect is not followed, and a refusal is told without the key", async ({ visit, errors }) => {
  const page = await visit();
  await page.evaluate(prepare);
  asked.clear();
  const moved = await page.evaluate(() => outcome(() => askAt("/moved")));
  assert.match(moved.message, /redirect/);
  assert.deepEqual([...asked.keys()], ["/moved/chat/completions"]);
  const refused = await page.evaluate(() => outcome(() => askAt("/refused", { apiKey: "sk-secret" })));
  assert.match(refused.message, /status 401: no such key: \[hidden\]$/);
  errors.length = 0; // the browser logs both
});

scenario("other machines are refused before anything is sent", async ({ visit, requests }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const before = requests.length;
  const outcomes = await page.evaluate(() =>
    Promise.all(["http://localhost.example", "http://0.0.0.0"].map((url) => outcome(() => askAt(url)))),
  );
  for (const { code, message } of outcomes) {
    assert.equal(code, "chat-remote");
    assert.match(message, /would leave this device/);
  }
  assert.equal(requests.length, before);
});

scenario("leaving a reply and aborting it end the request", async ({ visit }) => {
  const page = await visit();
  for (const how of ["leave", "abort"]) {
    const closed = new Promise((resolve) => {
      onClose = resolve;
    });
    const ended = await page.evaluate(async (how) => {
      const controller = new AbortController();
      const model = ibid.openAiCompatible({ url: new URL("/slow", location.href), model: "tiny" });
      const messages = [{ role: "user", content: "Who repairs the roof?" }];
      return outcome(async () => {
        for await (const chunk of ibid.askModel(model, messages, { signal: controller.signal })) {
          if (how === "leave") return chunk;
          controller.abort();
        }
      });
    }, how);
    assert.deepEqual(
      how === "leave" ? ended.result : ended.code,
      how === "leave" ? "Der Vermieter" : "aborted",
    );
    await closed;
  }
});

scenario("the browser says whether it has a model of its own", async ({ visit }) => {
  const page = await visit();
  const [availability, has, made] = await page.evaluate(async () => [
    await ibid.browserModelAvailability(),
    "LanguageModel" in globalThis,
    await outcome(() => typeof ibid.browserModel()),
  ]);
  assert.ok(["unavailable", "downloadable", "downloading", "available"].includes(availability));
  if (has) {
    assert.equal(made.result, "function");
  } else {
    assert.equal(availability, "unavailable");
    assert.equal(made.code, "chat-unavailable");
  }
});
