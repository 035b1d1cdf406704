// What the demo does before its collection is open, and with parts of it that are loaded later.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../../scripts/browser.js";
import {
  ask,
  closeViewer,
  describeFocus,
  listDocuments,
  NOT_KEPT,
  newReader,
  readAnswer,
  removeDocument,
  row,
  serveDemo,
  untilOpen,
  viewerText,
} from "./demo-support.js";

const KEYS = "The spare key of the observatory hangs behind the barometer.";
const QUESTION = "Where does the spare key of the observatory hang?";
const PASSPHRASE = "a heron nests by the river";

/** The core: without it no collection opens. */
const CORE = "**/*.wasm";

let demo;
let browser;
let context;
let page;
let complaints;

before(async () => {
  demo = await serveDemo();
  browser = await launchBrowser();
  ({ context, complaints } = await newReader(browser, NOT_KEPT));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  demo?.stop();
});

/** A test after which the page must not have complained of anything but of requests that `mayFail`. */
function step(name, run, { mayFail = false } = {}) {
  test(name, async (t) => {
    await run(t);
    const others = complaints.splice(0).filter((text) => !(mayFail && text.includes("net::ERR_")));
    assert.deepEqual(others, []);
  });
}

/** Goes to the page anew and does something while what is stored can't be opened yet. */
async function beforeItIsOpen(run) {
  let arrive;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const hold = async (route) => {
    await arrived;
    await route.fallback();
  };
  await context.route(CORE, hold);
  await page.goto("about:blank"); // else only the hash of an address may change
  await page.goto(demo.address);
  await page.getByTestId("opening").waitFor();
  await run();
  assert.ok(await page.getByTestId("opening").isVisible());
  arrive();
  await context.unroute(CORE, hold);
}

const pick = (name, content) =>
  page.getByTestId("file-input").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });

step(
  "a file that is picked before the collection is open is added when it is, unless it is cancelled",
  async () => {
    await beforeItIsOpen(async () => {
      await pick("cancelled.txt", "This is not wanted after all.");
      await page.getByTestId("cancel").click();
      await page.getByTestId("import").waitFor({ state: "detached" });
      assert.match(
        await describeFocus(page),
        /^h2: /,
        "the button is gone, and the documents are what comes next",
      );
      await pick("keys.txt", KEYS);
      await page.getByTestId("import").waitFor();
      assert.deepEqual(await listDocuments(page), []);
      const { held } = await page.evaluate(() => navigator.locks.query());
      const adding = held.filter(({ name }) => name === "ibid-demo adding");
      assert.deepEqual(adding, [], "a change of the page's version need not wait for what waits itself");
    });
    await row(page, "keys.txt").waitFor();
    await page.getByTestId("import").waitFor({ state: "detached" });
    assert.deepEqual(
      (await listDocuments(page)).map(({ id }) => id),
      ["keys.txt"],
    );
  },
);

step("an import that is cancelled when it is under way leaves the focus with the documents", async () => {
  await pick("long.txt", "The lamp of the lighthouse turns once in nine seconds. ".repeat(20_000));
  await page.getByTestId("cancel").click();
  await page.getByTestId("import").waitFor({ state: "detached" });
  assert.match(await describeFocus(page), /^h2: /);
  if ((await row(page, "long.txt").count()) > 0) {
    await removeDocument(page, "long.txt");
  }
});

step("a question that is asked before the collection is open is answered when it is", async () => {
  await beforeItIsOpen(async () => {
    assert.equal(
      await page.getByTestId("add-samples").count(),
      0,
      "there are documents, as is known from before",
    );
    await page.getByTestId("question").fill(QUESTION);
    await page.getByTestId("question").press("Enter");
    await page.locator(".asked").filter({ hasText: QUESTION }).waitFor();
    assert.equal(await page.locator(".results section[aria-busy=true]").count(), 3);
  });
  const { hits, citations } = await readAnswer(page);
  assert.equal(hits[0].document, "keys.txt");
  assert.equal(citations[0].document, "keys.txt");
  assert.equal(await page.getByTestId("question").inputValue(), QUESTION);
});

/** Opens the demo in a tab of its own; resolves to how often it had the welcome, and the formatters that it set up. */
async function openRecorded() {
  const tab = await context.newPage();
  await tab.addInitScript(() => {
    const seen = { welcomes: 0, formatters: [] };
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
      const root = attach.call(this, options);
      const look = () => {
        seen.welcomes += root.querySelectorAll(".welcome").length;
      };
      new MutationObserver(look).observe(root, { childList: true, subtree: true });
      return root;
    };
    for (const name of ["Collator", "DateTimeFormat", "ListFormat", "NumberFormat", "PluralRules"]) {
      Intl[name] = new Proxy(Intl[name], {
        construct: (formatter, options) => {
          seen.formatters.push(name);
          return new formatter(...options);
        },
      });
    }
    globalThis.seen = seen;
  });
  await tab.goto(demo.address);
  await row(tab, "keys.txt").waitFor();
  await tab.getByTestId("storage-documents").waitFor();
  const seen = await tab.evaluate(() => globalThis.seen);
  await tab.close();
  return seen;
}

step("a visit with documents shows at no time that there are none, and waits for no formatter", async () => {
  assert.deepEqual(await openRecorded(), { welcomes: 0, formatters: [] });
});

step("a link to a document that is opened before the collection is shows it when it is", async () => {
  await beforeItIsOpen(async () => {
    await page.evaluate(() => {
      location.hash = "#/keys.txt";
    });
    await page.locator("[data-testid=viewer][open]").getByText("Opening …").waitFor();
  });
  assert.equal(await viewerText(page).locator(".words").textContent(), KEYS);
  await closeViewer(page);
});

step(
  "a core that does not arrive is told, and what was asked is answered once it has",
  async () => {
    await context.route(CORE, (route) => route.abort()); // once it is no longer held
    await beforeItIsOpen(async () => {
      await page.getByTestId("question").fill(QUESTION);
      await page.getByTestId("question").press("Enter");
    });
    await page.getByTestId("try-again").waitFor();
    assert.equal(await page.getByTestId("question").count(), 0);
    await context.unroute(CORE);
    await page.getByTestId("try-again").click();
    assert.equal((await readAnswer(page)).hits[0].document, "keys.txt");
    assert.equal(await page.getByTestId("question").inputValue(), QUESTION);
  },
  { mayFail: true },
);

/** The parts that are loaded later, what wants them, and what shows that they are there. */
const PARTS = {
  "document-viewer": {
    want: () => page.getByTestId("document-row").getByRole("link").click(),
    here: () => viewerText(page).waitFor(),
    leave: () => closeViewer(page),
  },
  "hit-list": {
    want: async () => {
      await page.getByTestId("question").fill(QUESTION);
      await page.getByTestId("question").press("Enter");
    },
    here: () => page.getByTestId("hit").first().waitFor(),
    leave: () => readAnswer(page),
  },
  "evaluation-view": {
    want: () => page.getByTestId("to-evaluate").click(),
    here: () => page.getByRole("heading", { name: "How well is it found?" }).waitFor(),
    leave: () => page.getByTestId("to-ask").click(),
  },
};

for (const [name, { want, here, leave }] of Object.entries(PARTS)) {
  step(
    `where ${name} can’t be loaded that is told when it is wanted, and it can be tried again`,
    async () => {
      const script = `**/assets/${name}-*.js`;
      await context.route(script, (route) => route.abort());
      await page.reload();
      await untilOpen(page);
      await want();
      const problem = page
        .getByTestId("error")
        .filter({ hasText: "This part of the page couldn’t be loaded." });
      await problem.waitFor();
      await context.unroute(script);
      await problem.getByTestId("load-part").click();
      await here();
      assert.equal(await problem.count(), 0);
      await leave();
    },
    { mayFail: true },
  );
}

step("a part that could not be had before it was wanted is had when it is", async () => {
  const script = "**/assets/document-viewer-*.js";
  await context.route(script, (route) => route.abort());
  const attempt = context.waitForEvent("requestfailed", (request) =>
    request.url().includes("document-viewer"),
  );
  await page.reload();
  await attempt;
  await context.unroute(script);
  assert.equal(await page.getByTestId("error").count(), 0);
  await page.getByTestId("document-row").getByRole("link").click();
  assert.equal(await viewerText(page).locator(".words").textContent(), KEYS);
  await closeViewer(page);
  complaints.length = 0; // of the request that failed
});

step(
  "what is asked before it turns out that the documents are locked is answered once they are not",
  async () => {
    await ask(page, QUESTION);
    await page.getByTestId("encrypting").locator("summary").click();
    await page.getByTestId("passphrase").fill(PASSPHRASE);
    await page.getByTestId("again").fill(PASSPHRASE);
    await page.getByTestId("again").press("Enter");
    await page.getByTestId("is-encrypted").waitFor();
    await beforeItIsOpen(async () => {
      await page.getByTestId("question").fill(QUESTION);
      await page.getByTestId("question").press("Enter");
    });
    await page.getByTestId("unlock").waitFor();
    assert.equal(await page.getByTestId("question").count(), 0);
    await page.getByTestId("passphrase").fill(PASSPHRASE);
    await page.getByTestId("passphrase").press("Enter");
    assert.equal((await readAnswer(page)).hits[0].document, "keys.txt");
    assert.equal(await page.getByTestId("question").inputValue(), QUESTION);
  },
);
