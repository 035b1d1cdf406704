// The demo under the strictest policy, which its server sends with every file: nothing is refused of what it does by itself, and
// everything that would leave the site is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after } from "node:test";
import { listen } from "../../scripts/serve.js";
import { addFiles, ask, closeViewer, shareDemo, viewerText } from "./demo-support.js";
import { fromRoot } from "./package-site.js";
import { POLICY } from "./policy.js";

const arrived = [];
const strange = createServer((request, response) => {
  arrived.push(request.url);
  response.setHeader("access-control-allow-origin", "*").end();
});
const stranger = await listen(strange);
after(() => strange.close());

const { page, step, complaints, requests } = await shareDemo();

step(
  "the page's own policy is the same, but for its manifest and the frame that asks language models",
  async () => {
    const html = readFileSync(fromRoot("www/dist/index.html"), "utf8");
    const [, own] = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html);
    const directives = (policy) => policy.split(";").map((directive) => directive.trim());
    // By an element in the page frame-ancestors has no effect.
    const strict = directives(POLICY).filter((directive) => !directive.startsWith("frame-ancestors"));
    assert.deepEqual(
      new Set(directives(own)),
      new Set([...strict, "frame-src 'self'", "manifest-src 'self'"]),
    );
  },
);

step("questions are answered, and files of other formats read and shown", async () => {
  const pdf = readFileSync(fromRoot("tests/fixtures/documents/pdf/latex-two-columns-en.pdf"));
  const web = readFileSync(fromRoot("tests/fixtures/documents/html/government.html"));
  await addFiles(page, { "pumps.pdf": pdf, "mooring.html": web });
  const { hits } = await ask(page, "Why are pumps that stand outside emptied before the first frost?");
  assert.equal(hits[0].document, "pumps.pdf");
  await page.getByTestId("open-hit").first().click();
  await page.locator("[data-testid=viewer][open] ibid-page-view [aria-busy=false]").waitFor();
  await closeViewer(page);
  await ask(page, "What is the fine for mooring without a licence?");
  await page.getByTestId("open-hit").first().click();
  await viewerText(page).waitFor();
  await closeViewer(page);
});

step(
  "neither the page nor one of its workers reaches another origin, and each attempt is reported",
  async () => {
    const realms = [page, ...page.workers()];
    assert.ok(realms.length > 2, "the collection's worker and others run");
    for (const [at, realm] of realms.entries()) {
      const refused = await realm.evaluate(async (address) => {
        const violation = new Promise((resolve) =>
          addEventListener("securitypolicyviolation", resolve, { once: true }),
        );
        const outcome = await fetch(address, { mode: "no-cors" }).then(
          () => "arrived",
          () => "refused",
        );
        if (outcome === "arrived") return outcome;
        const { blockedURI, effectiveDirective } = await violation;
        return { blockedURI, effectiveDirective };
      }, `${stranger}${at}`);
      assert.deepEqual(refused, { blockedURI: `${stranger}${at}`, effectiveDirective: "connect-src" });
    }
    assert.deepEqual(arrived, []);
    // What the browser logs of these, and nothing else.
    const others = complaints.filter((complaint) => !complaint.includes(stranger));
    complaints.splice(0, complaints.length, ...others);
    requests.attempted.splice(0);
  },
);

step("a language model is not asked, which is said where it was asked for", async () => {
  await page.getByTestId("writer").locator("summary").first().click();
  await page.getByTestId("writer-model").fill("tiny");
  await page.getByTestId("writer-url").fill(`${stranger}v1`);
  await page.getByTestId("write").click();
  await page.getByText("model.html, through which servers are asked, could not be loaded").waitFor();
  assert.deepEqual(arrived, []);
  complaints.splice(0); // the frame that was refused
  requests.attempted.splice(0);
});
