// The element `<ibid-search>` on a static site, whose policy allows no inline styles and requires trusted types.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { snippet } from "../../pkg/dist/element/snippet.js";
import { fromRoot } from "./package-site.js";
import { until } from "./support.js";
import { tinySite } from "./tiny-model.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types ibid",
].join("; ");

/** What the site answers in place of its file, by path. */
const answers = new Map();

const site = tinySite({ "/site": fromRoot("tests/e2e/site") }, ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  response.setHeader("content-security-policy", POLICY);
  const answer = answers.get(pathname);
  if (answer === undefined) return false;
  response.writeHead(200, { "content-type": answer.type ?? "application/json" }).end(answer.body);
  return true;
});

/** Declares a test that gets the site's first page. */
function scenario(name, run) {
  site(name, async (visitor) => {
    answers.clear();
    await run(await visitor.visit("/site/"), visitor);
  });
}

const box = (page) => page.getByRole("combobox");
const options = (page) => page.getByRole("option");
const status = (page) => page.locator("ibid-search [role=status]");

/** Types a query and waits for its hits. */
async function find(page, query, count) {
  await box(page).fill(query);
  await status(page).getByText(count).waitFor();
}

/** What the page fetched of a path. */
const fetched = (visitor, path) => visitor.requests.filter((url) => new URL(url).pathname === path).length;

scenario(
  "two lines make a static site searchable, once somebody looks for something",
  async (page, visitor) => {
    await page.getByRole("combobox", { name: "Search" }).waitFor();
    assert.equal(fetched(visitor, "/site/search.json"), 0, "nothing is fetched before");
    assert.ok(!visitor.requests.some((url) => url.includes(".wasm")));
    await find(page, "who repairs the roof", /^\D*[345] passages/);
    const first = options(page).first();
    assert.equal(await first.locator(".title").textContent(), "Repairs");
    assert.equal(await first.locator(".section").textContent(), "The roof");
    const marks = await first.locator("mark").allTextContents();
    assert.ok(marks.includes("roof") && marks.includes("repairs"));
    assert.match(
      (await first.locator(".best").allTextContents()).join(""),
      /^The landlord repairs the roof of the house/,
    );
    const others = await options(page).locator(".title").allTextContents();
    assert.ok(others.includes("Rent") && others.includes("Pets"), "files and contents are there");
  },
);

/** Whether the element has noted, in the page, what it has read of its list. */
const isNoted = () => Object.keys(localStorage).some((key) => key.startsWith("ibid-search "));

scenario(
  "later visits fetch no file until the list has changed, and what it has no more is gone",
  async (page, visitor) => {
    await find(page, "roof", /passages/);
    await page.waitForFunction(isNoted);
    const other = await visitor.visit("/site/");
    await find(other, "roof", /passages/);
    assert.deepEqual([fetched(visitor, "/site/search.json"), fetched(visitor, "/site/repairs.md")], [2, 1]);
    const list = JSON.parse(readFileSync(fromRoot("tests/e2e/site/search.json"), "utf8"));
    const moved = [{ id: "bees", title: "Bees", content: "Bees live under the roof." }, ...list.slice(0, 2)];
    answers.set("/site/search.json", { body: JSON.stringify(moved) });
    const third = await visitor.visit("/site/");
    await third.evaluate(() => {
      document.querySelector("ibid-search").options = { mode: "lexical" };
    });
    await find(third, "bees cats", /^\D*1 passage/);
    await third.getByRole("option").getByText("Bees", { exact: true }).first().waitFor();
    assert.equal(fetched(visitor, "/site/repairs.md"), 2);
  },
);

scenario("what a collection lost is read again, also where others have filled it", async (page, visitor) => {
  await find(page, "roof", /passages/);
  await page.waitForFunction(isNoted);
  const { length } = JSON.parse(readFileSync(fromRoot("tests/e2e/site/search.json"), "utf8"));
  await page.goto(new URL("/", page.url()).href);
  await page.evaluate(async (length) => {
    await ibid.deleteCollection("guide"); // as a browser evicts it; the note stays
    const collection = await ibid.openCollection("guide", { loadModel: false });
    const others = Array.from({ length }, (_, n) => ({ id: `other ${n}`, content: `Another page ${n}.` }));
    await collection.addMany(others);
    await collection.close();
  }, length);
  const other = await visitor.visit("/site/");
  await other.evaluate(() => {
    document.querySelector("ibid-search").options = { mode: "lexical" };
  });
  await find(other, "roof", /passages/);
  assert.equal(await options(other).getByText("Repairs", { exact: true }).first().isVisible(), true);
});

scenario("null in the list stands for nothing", async (page) => {
  const nothing = { title: null, url: null, file: null, mediaType: null, language: null, metadata: null };
  const list = [{ ...nothing, id: "bees", content: "Bees live under the roof." }];
  answers.set("/site/search.json", { body: JSON.stringify(list) });
  const selecting = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("ibid-select", ({ detail }) => resolve(detail.url ?? "none"));
      }),
  );
  await find(page, "roof", /^\D*1 passage$/);
  await page.keyboard.press("Enter");
  assert.equal(await selecting, "none");
});

scenario("what is wrong with the list is told, and the rest is found", async (page, visitor) => {
  const warnings = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  const list = [
    { id: "bees", content: "Bees live under the roof." },
    { url: "/lost", file: "lost.md" },
  ];
  answers.set("/site/search.json", { body: JSON.stringify(list) });
  await find(page, "roof", /Some documents could not be read: .*lost\.md: the server answered 404/);
  assert.equal(await options(page).count(), 1);
  const noted = await page.evaluate(() => {
    const key = Object.keys(localStorage).find((key) => key.startsWith("ibid-search "));
    return JSON.parse(localStorage.getItem(key));
  });
  assert.deepEqual(noted, { hash: "", ids: ["bees", "/lost"] }, "the next visit tries again");
  visitor.errors.splice(0); // the browser logs the status
  const wrong = [
    ["{", /it is not JSON/],
    ["{}", /expected a list/],
    ['[{ "id": "x" }]', /\[0\]: expected either content or file/],
    ['[{ "content": "x" }]', /\[0\]: expected an id, a url or a file/],
    ['[{ "id": "a", "content": "x" }, { "url": "a", "content": "y" }]', /\[1\]: "a" is the id of another/],
  ];
  for (const [body, message] of wrong) {
    answers.set("/site/search.json", { body });
    const other = await visitor.visit("/site/");
    await find(other, "roof", message);
    await other.close();
  }
  assert.ok(warnings.some((text) => text.includes("lost.md")));
});

scenario("without its model words find, and the console says why", async (page, visitor) => {
  const warned = page.waitForEvent("console", (message) => /ibid-search: .*absent/s.test(message.text()));
  await page.evaluate(() => document.querySelector("ibid-search").setAttribute("model", "absent"));
  await find(page, "roof", /passages/);
  await warned;
  visitor.errors.splice(0); // the browser logs the status
});

scenario(
  "a scheme that is no page's is not followed, and documents that are not the list's stay",
  async (page) => {
    answers.set("/site/search.json", {
      body: JSON.stringify([{ id: "evil", url: "javascript:alert(1)", content: "The roof is evil." }]),
    });
    await page.evaluate(async () => {
      const { openCollection } = await import("/pkg/index.js");
      const collection = await openCollection("guide", { model: "/tiny/" });
      await collection.add({ id: "own", content: "A roof of one's own." });
      await collection.close();
      document.addEventListener("ibid-select", ({ detail }) => {
        globalThis.selected = [detail.hit.document, detail.url === undefined];
      });
    });
    await find(page, "evil roof", /2 passages/);
    await page.waitForFunction(isNoted);
    await page.getByRole("option", { name: "evil" }).first().click();
    assert.deepEqual(await page.evaluate(() => selected), ["evil", true]);
    answers.set("/site/search.json", { body: "[]" });
    await page.reload();
    await find(page, "evil roof", /^\D*1 passage/);
  },
);

scenario("keys reach everything", async (page) => {
  await page.evaluate(() => {
    globalThis.selected = [];
    document.addEventListener("ibid-select", (event) => {
      selected.push(event.detail.hit.document);
      event.preventDefault();
    });
  });
  await page.locator("#note").press("/");
  assert.equal(await page.locator("#note").inputValue(), "/", "a slash that is typed is one");
  await page.locator("h1").click();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.localName), "ibid-search");
  assert.equal(await box(page).inputValue(), "");
  // By words alone, and once all is read: then the hits stay as they are.
  await page.evaluate(() => {
    document.querySelector("ibid-search").options = { mode: "lexical" };
  });
  await find(page, "roof", /passages/);
  await page.waitForFunction(isNoted);
  await find(page, "roofs", /^\D*4 passages$/);
  assert.equal(await box(page).getAttribute("aria-expanded"), "true");
  const count = await options(page).count();
  const active = async () => {
    const id = await box(page).getAttribute("aria-activedescendant");
    const selected = await page
      .locator('ibid-search [aria-selected="true"]')
      .evaluateAll((all) => all.map(({ id }) => id));
    assert.deepEqual(selected, id === null ? [] : [id]);
    return id;
  };
  assert.equal(await active(), null);
  await page.keyboard.press("ArrowDown");
  assert.equal(await active(), "hit-0");
  await page.keyboard.press("ArrowDown");
  assert.equal(await active(), "hit-1");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await active(), `hit-${count - 1}`);
  await page.keyboard.press("Escape");
  assert.equal(await box(page).getAttribute("aria-expanded"), "false");
  assert.equal(await options(page).count(), 0, "nothing is shown");
  await page.keyboard.press("ArrowDown");
  const first = await options(page).first().locator(".title").textContent();
  await page.keyboard.press("Enter");
  assert.equal((await page.evaluate(() => selected)).length, 1);
  assert.ok(first.length > 0);
  await box(page).press("Escape");
  assert.equal(await box(page).inputValue(), "");
  await page.evaluate(() => document.querySelector("ibid-search").setAttribute("no-shortcut", ""));
  await page.locator("h1").click();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.localName), "body");
});

scenario("Escape in an empty field is the page's, as to close a dialog", async (page) => {
  await page.evaluate(() => {
    const dialog = document.createElement("dialog");
    dialog.append(document.querySelector("ibid-search"));
    document.body.append(dialog);
    dialog.showModal();
  });
  await find(page, "roof", /passages/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  assert.equal(await box(page).inputValue(), "");
  assert.equal(await page.locator("dialog[open]").count(), 1);
  await page.keyboard.press("Escape");
  await page.locator("dialog:not([open])").waitFor({ state: "attached" });
});

scenario("an element that cannot be seen leaves the shortcut to the next one", async (page) => {
  await page.evaluate(() => {
    const first = document.querySelector("ibid-search");
    first.after(first.cloneNode());
    first.hidden = true;
  });
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.querySelector("ibid-search:focus")?.hidden), false);
  assert.equal(await box(page).inputValue(), "");
  const hint = page.locator("ibid-search:not([hidden]) kbd");
  await box(page).blur();
  assert.ok(await hint.isVisible());
  await page.evaluate(() =>
    document.querySelector("ibid-search:not([hidden])").toggleAttribute("no-shortcut"),
  );
  assert.ok(await hint.isHidden(), "where the key does nothing it is not shown");
});

scenario("what is changed while the field has the focus is searched at once", async (page) => {
  await page.evaluate(async () => {
    const ibid = await import("/pkg/index.js");
    const collection = await ibid.openCollection("bees", { storage: "memory", model: "/tiny/" });
    await collection.add({ id: "bees", title: "Bees", content: "Bees live under the roof." });
    Object.assign(document.querySelector("ibid-search"), { collection, options: { mode: "lexical" } });
  });
  const titles = (page) => options(page).locator(".title").allTextContents();
  await find(page, "roof", /^\D*1 passage/);
  assert.deepEqual(await titles(page), ["Bees"]);
  await page.evaluate(() => {
    document.querySelector("ibid-search").collection = null; // that of the attributes again
  });
  await status(page)
    .getByText(/[345] passages/)
    .waitFor();
  assert.ok(!(await titles(page)).includes("Bees"));
  await page.evaluate(() => {
    const element = document.querySelector("ibid-search");
    element.setAttribute("collection", "another");
    if (element.shadowRoot.querySelector("li") !== null) throw new Error("hits of the collection before");
  });
  await status(page)
    .getByText(/[345] passages/)
    .waitFor();
  const isMoved = await page.evaluate(() => {
    const main = document.querySelector("main");
    main.moveBefore?.(document.querySelector("ibid-search"), null);
    return main.moveBefore !== undefined; // keeps the focus
  });
  if (isMoved) {
    await page.keyboard.type(" cats");
    await options(page).first().locator(".title").getByText("Pets").waitFor();
  }
});

scenario("the model is loaded once the attribute that keeps it away is gone", async (page, visitor) => {
  await page.evaluate(() => document.querySelector("ibid-search").setAttribute("no-model", ""));
  await find(page, "roof", /passages/);
  await page.waitForFunction(isNoted);
  const ofModel = () => visitor.requests.filter((url) => url.includes("/models/") || url.includes("/tiny/"));
  assert.deepEqual(ofModel(), []);
  await page.evaluate(() => document.querySelector("ibid-search").removeAttribute("no-model"));
  await until(async () => ofModel().length > 0);
  // What shares no word with the question is found by meaning alone.
  await find(page, "zebra", /passage/);
});

scenario("a hit leads to its page", async (page) => {
  answers.set("/site/pets.html", {
    body: "<title>Pets</title><link rel=icon href=data:,>",
    type: "text/html",
  });
  await find(page, "cats fish", /passage/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/site/pets.html#cats");
});

scenario(
  "an open collection goes before the attributes, options and labels are the page's",
  async (page, visitor) => {
    await page.evaluate(async () => {
      const { openCollection } = await import("/pkg/index.js");
      const collection = await openCollection("own", { model: "/tiny/" });
      await collection.addMany([
        { id: "heron", content: "The heron nests by the river.", metadata: { year: 2020 } },
        { id: "owl", content: "The owl nests by the river.", metadata: { year: 2024 } },
      ]);
      const before = document.createElement("ibid-search");
      Object.assign(before, { collection, labels: { one: "1 Stelle", search: "Suche" } });
      before.options = { mode: "lexical", filter: { year: 2024 } };
      document.querySelector("ibid-search").replaceWith(before);
      globalThis.collection = collection;
    });
    await page.getByRole("combobox", { name: "Suche" }).fill("river");
    await status(page).getByText("1 Stelle").waitFor();
    await page.evaluate(() => collection.add({ id: "kite", content: "A river.", metadata: { year: 2024 } }));
    await status(page).getByText("2 passages").waitFor();
    await page.evaluate(() => document.querySelector("ibid-search").remove());
    assert.equal(await page.evaluate(() => collection.count()), 3, "it stays open");
    assert.equal(fetched(visitor, "/site/search.json"), 0);
  },
);

for (const colorScheme of ["light", "dark"]) {
  scenario(`axe finds nothing where the scheme is ${colorScheme}`, async (page) => {
    await page.emulateMedia({ colorScheme });
    const look = async () => {
      const { violations, passes } = await page.evaluate(() => axe.run(document));
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
        [],
      );
      return passes.map(({ id }) => id);
    };
    await page.evaluate(AXE);
    await look();
    await find(page, "who repairs the roof", /passages/);
    await page.keyboard.press("ArrowDown");
    assert.ok((await look()).includes("color-contrast"));
    await box(page).fill("");
    await box(page).fill("zzzz");
    await status(page)
      .getByText(/passage|Nothing/)
      .waitFor();
    await look();
  });
}

scenario("on a phone the hits are as wide as the screen", async (page) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await find(page, "roof", /passages/);
  const [popup, field] = await Promise.all([
    page.locator("ibid-search .popup").boundingBox(),
    page.locator("ibid-search .field").boundingBox(),
  ]);
  assert.ok(popup.x >= 0 && popup.x + popup.width <= 360);
  assert.ok(popup.width > 320);
  assert.ok(popup.y >= field.y + field.height);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

scenario("a page sets colours by variables and parts by selectors", async (page) => {
  answers.set("/site/site.css", {
    body: "ibid-search { --ibid-accent: rgb(1, 2, 3); --ibid-sheet: rgb(4, 5, 6) } ibid-search::part(title) { color: rgb(7, 8, 9) }",
    type: "text/css",
  });
  await page.reload();
  await find(page, "roof", /passage/);
  // In one step: hits are drawn anew when the model is there.
  const look = (selector, property) =>
    page.evaluate(
      ([selector, property]) => {
        const { shadowRoot } = document.querySelector("ibid-search");
        return getComputedStyle(shadowRoot.querySelector(selector))[property];
      },
      [selector, property],
    );
  assert.equal(await look(".popup", "backgroundColor"), "rgb(4, 5, 6)");
  assert.equal(await look(".field", "borderTopColor"), "rgb(1, 2, 3)");
  assert.equal(await look(".title", "color"), "rgb(7, 8, 9)");
});

scenario("in another document it looks, listens and leads as before", async (page) => {
  await find(page, "roof", /passage/);
  const moved = await page.evaluate(async () => {
    const search = document.querySelector("ibid-search");
    const frame = Object.assign(document.createElement("iframe"), { width: 1000 });
    document.body.append(frame);
    const { contentDocument, contentWindow } = frame;
    contentDocument.body.append(search);
    const field = contentDocument.createElement("input");
    contentDocument.body.append(field);
    const press = (target) => {
      target.dispatchEvent(
        new contentWindow.KeyboardEvent("keydown", { key: "/", bubbles: true, composed: true }),
      );
      const isFocused = contentDocument.activeElement === search;
      contentDocument.activeElement?.blur();
      return isFocused;
    };
    return {
      popup: contentWindow.getComputedStyle(search.shadowRoot.querySelector(".popup")).position,
      isCalled: press(contentDocument.body),
      isCalledFromField: press(field),
      isCalledFromBefore: press(document.body),
    };
  });
  assert.deepEqual(moved, {
    popup: "absolute",
    isCalled: true,
    isCalledFromField: false,
    isCalledFromBefore: false,
  });
});

test("a snippet is a part of the passage, with whole words and the best sentence", () => {
  const sentences = Array.from(
    { length: 12 },
    (_, at) => `Sentence ${at} says that 🦉 ${at} nests by the river.`,
  );
  const text = sentences.join(" ");
  const start = 1000;
  const words = [...text.matchAll(/nests/g)].map(({ index }) => ({
    start: start + index,
    end: start + index + 5,
  }));
  let shown = 0;
  for (const [at, sentence] of sentences.entries()) {
    const from = start + text.indexOf(sentence);
    const evidence = [{ start: from, end: from + sentence.length, score: 1 }];
    const parts = snippet({ chunk: { start, end: start + text.length, text }, evidence, matches: words });
    const best = parts
      .filter(({ isBest }) => isBest)
      .map(({ text }) => text)
      .join("");
    assert.equal(best, sentence);
    assert.ok(parts.some(({ isBest, isMatch, text }) => isBest && isMatch && text === "nests"));
    const inside = parts
      .map(({ text }) => text)
      .filter((text) => !text.startsWith("…"))
      .join("");
    assert.ok(text.includes(inside.trim()) && inside.length < 200);
    assert.ok(` ${text} `.includes(` ${inside.trim()} `), "words are whole");
    assert.equal(parts[0].text.startsWith("…"), at > 0);
    shown++;
  }
  assert.equal(shown, 12);
  // Without evidence it begins a little before the first word that was asked for.
  const late = [words.at(-1)];
  const [first, ...rest] = snippet({
    chunk: { start, end: start + text.length, text },
    evidence: [],
    matches: late,
  });
  assert.equal(first.text, "… ");
  assert.ok(rest.some(({ isMatch }) => isMatch));
  // Scripts without spaces are cut between characters: here both ends would fall into a pair.
  const owls = `${"🦉".repeat(100)}x${"🦉".repeat(300)}`;
  const chunk = { start: 0, end: owls.length, text: owls };
  const parts = snippet({ chunk, evidence: [], matches: [{ start: 219, end: 221 }] });
  assert.ok(parts.length === 5 && parts.every(({ text }) => text.isWellFormed()));
});

test("a server imports the element without a browser, and defines nothing", async () => {
  const absent = { configurable: true, get: () => assert.fail("a global of browsers was touched") };
  for (const name of ["window", "document", "localStorage"]) Object.defineProperty(globalThis, name, absent);
  try {
    const { IbidSearch } = await import("ibid/element");
    assert.equal(typeof IbidSearch, "function");
  } finally {
    for (const name of ["window", "document", "localStorage"]) delete globalThis[name];
  }
});
