// Keys that a passkey gives, by an authenticator that Chromium plays.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ModelFolder } from "./model-folder.js";
import { fromRoot } from "./package-site.js";
import { addAuthenticator, openSite } from "./support.js";
import { TINY_FILES, TINY_MANIFEST } from "./tiny-model.js";

const PATIENCE = { timeout: 300_000 };
const tiny = new ModelFolder("/tiny/").writeModel(TINY_MANIFEST, TINY_FILES);

let site;
before(async () => {
  const handle = (request, response) => tiny.handle(request, response);
  site = await openSite(fromRoot("tests/e2e/page"), { "/pkg": fromRoot("pkg/dist") }, handle);
});
after(() => site?.close());

/** A page at `localhost`, since passkeys are of domains and none of numbers, with the authenticator that is described. */
async function visit(authenticator) {
  const { context } = await site.newVisitor();
  const page = await context.newPage();
  const { devtools, authenticatorId } = await addAuthenticator(page, authenticator);
  await page.goto(site.address.replace("127.0.0.1", "localhost"));
  await page.waitForFunction(() => "openReady" in globalThis);
  const setVerified = (isUserVerified) =>
    devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return { context, page, setVerified };
}

const NEW = { userName: "ada@example.org", siteName: "Contracts" };

test(
  "a passkey opens a collection beside its passphrase, each time with the same key",
  PATIENCE,
  async () => {
    const { context, page } = await visit({ hasPrf: true });
    const found = await page.evaluate(async (options) => {
      const { createPasskey, passkeyKey, passkeySupport } = await import("/pkg/passkey/index.js");
      const collection = await openReady("vault", { model: "/tiny/", passphrase: "a house" });
      await collection.add({ id: "lease", content: "The landlord repairs the roof." });
      const { passkey, key } = await createPasskey(options);
      await collection.addKey({ key });
      await collection.close();
      const open = async (secret) => {
        const again = await openReady("vault", { model: "/tiny/", ...secret });
        const { text } = await again.get("lease");
        await again.close();
        return text;
      };
      const codeOf = (promise) => promise.then(() => "none").catch(({ code }) => code);
      const other = await createPasskey({ ...options, userName: "bob@example.org" });
      return {
        support: await passkeySupport(),
        texts: [
          await open({ key: await passkeyKey(JSON.parse(JSON.stringify(passkey))) }),
          await open({ passphrase: "a house" }),
        ],
        other: await codeOf(open({ key: other.key })),
        extractable: key.extractable,
      };
    }, NEW);
    assert.deepEqual(found, {
      support: "available",
      texts: Array(2).fill("The landlord repairs the roof."),
      other: "wrong-key",
      extractable: false,
    });
    await context.close();
  },
);

test("without a passkey that gives keys the error says why", PATIENCE, async () => {
  const { context, page, setVerified } = await visit({ hasPrf: true });
  const codes = () =>
    page.evaluate(async (options) => {
      const { createPasskey, passkeyKey } = await import("/pkg/passkey/index.js");
      const codeOf = (promise) => promise.then(() => "none").catch(({ code }) => code);
      return {
        create: await codeOf(createPasskey(options)),
        unknown: await codeOf(passkeyKey({ id: "AAAAAAAAAAAAAAAAAAAAAA" })),
        malformed: await codeOf(passkeyKey({ id: "no id" })),
        tooShort: await codeOf(passkeyKey({ id: "AAAAA" })),
        nameless: await codeOf(createPasskey({ ...options, userName: "" })),
        elsewhere: await codeOf(createPasskey({ ...options, domain: "example.org" })),
        aborted: await codeOf(createPasskey({ ...options, signal: AbortSignal.abort() })),
      };
    }, NEW);
  const refused = {
    unknown: "aborted",
    malformed: "invalid-argument",
    tooShort: "invalid-argument",
    nameless: "invalid-argument",
    elsewhere: "invalid-argument",
    aborted: "aborted",
  };
  assert.deepEqual(await codes(), { create: "none", ...refused });
  await setVerified(false);
  assert.deepEqual(await codes(), { create: "aborted", ...refused });
  await context.close();

  const without = await visit({ hasPrf: false });
  const { create } = await without.page.evaluate(async (options) => {
    const { createPasskey } = await import("/pkg/passkey/index.js");
    return { create: await createPasskey(options).catch(({ code }) => code) };
  }, NEW);
  assert.equal(create, "store-unavailable");
  await without.context.close();
});
