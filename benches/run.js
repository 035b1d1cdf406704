// Compares the embedding of the built package with onnxruntime-web (int8), one thread each, in one Chromium.
// Rounds are interleaved; what counts is the ratio of the medians. Results go to benches/results/.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "../scripts/browser.js";
import { createStaticServer, listen } from "../scripts/serve.js";

const ROUNDS = 7;
const LENGTHS = [16, 64, 128, 256];
const root = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const rival = process.env.IBID_ONNX_MODEL ?? root("../shared/peers/all-minilm-l6-v2-onnx");
const runtime = process.env.IBID_ONNXRUNTIME;
const hasRival = runtime !== undefined && existsSync(`${rival}/model_uint8.onnx`);
if (!hasRival) {
  console.error(
    "without the rival: export all-MiniLM-L6-v2 with `optimum-cli export onnx`, quantise it with onnxruntime's " +
      "quantize_dynamic to model_uint8.onnx, and name its folder in IBID_ONNX_MODEL",
  );
}

const mounts = { "/pkg": root("pkg/dist"), "/models": root("models") };
const server = createStaticServer(
  root("benches/page"),
  hasRival ? { ...mounts, "/rival": rival, "/ort": runtime } : mounts,
);
const address = await listen(server);
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(address);
  const rows = await page.evaluate(
    ([lengths, rounds, withRival]) => globalThis.compare(lengths, rounds, withRival),
    [LENGTHS, ROUNDS, hasRival],
  );
  console.log(`| tokens | ibid f32, ms | onnxruntime-web int8, ms | ratio |\n| --- | --- | --- | --- |`);
  for (const { tokens, ours, theirs } of rows) {
    const [left, right] = [ours, theirs].map((time) => time?.toFixed(1) ?? "-");
    console.log(`| ${tokens} | ${left} | ${right} | ${theirs ? (theirs / ours).toFixed(2) : "-"} |`);
  }
  const date = new Date().toISOString();
  const file = root(`benches/results/${date.slice(0, 10)}-embedding.json`);
  mkdirSync(root("benches/results"), { recursive: true });
  const machine = { processor: cpus()[0]?.model, browser: browser.version() };
  writeFileSync(file, `${JSON.stringify({ date, machine, rounds: ROUNDS, rows }, undefined, 2)}\n`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
