// `ibid model add` against a hub that behaves as hubs and the networks before them do.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";
import { hostname } from "node:os";
import { after, before, beforeEach, test } from "node:test";
import { listen } from "../../scripts/serve.js";
import { COMMIT, startHub } from "./hub-server.js";
import { Workplace } from "./model-command.js";
import { fromRoot } from "./package-site.js";
import { until } from "./support.js";
import { TINY_FILES, TINY_MANIFEST } from "./tiny-model.js";

const TINY = "owner/Tiny-Encoder";
const WEIGHTS = "model.safetensors";
const FOLDER = "public/models/tiny-encoder";
const WRITTEN = ["model.json", "tokenizer.json", "weights.safetensors"];

/** What no conversion knows by itself. */
const withoutOrigin = { name: undefined, license: undefined, source: undefined };

const fixture = (file, folder = "tiny-cls-encoder") =>
  readFileSync(fromRoot(`tests/fixtures/${folder}/${file}`));
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

const tiny = {
  "config.json": fixture("config.json"),
  "tokenizer.json": fixture("tokenizer.json"),
  "1_Pooling/config.json": JSON.stringify({ pooling_mode_cls_token: true }),
  [WEIGHTS]: fixture(WEIGHTS),
};
const pair = {
  "config.json": fixture("config.json", "tiny-cross-encoder"),
  "tokenizer.json": fixture("tokenizer.json", "tiny-cross-encoder"),
  [WEIGHTS]: fixture(WEIGHTS, "tiny-cross-encoder"),
};
const gpt = { ...tiny, "config.json": JSON.stringify({ model_type: "gpt2", architectures: ["GPT2Model"] }) };
const { [WEIGHTS]: _, ...withoutWeights } = tiny;
const REPOSITORIES = {
  [TINY]: tiny,
  "owner/pair-scorer": pair,
  "owner/gpt": gpt,
  "owner/no-weights": withoutWeights,
};

let hub;
let place;
before(async () => {
  hub = await startHub(REPOSITORIES);
});
after(() => hub.close());
beforeEach(() => {
  hub.heal();
  hub.asked();
  place = new Workplace();
});

/** Generous: shared machines stall. */
const PATIENCE = { timeout: 120_000 };

/** Declares a test with a workplace of its own. */
function scenario(name, run) {
  test(name, PATIENCE, async () => {
    try {
      await run(place);
    } finally {
      place.remove();
    }
  });
}

/** Runs the command for the tiny repository. */
const addTiny = (typed = [], options = {}) => place.run([TINY, ...typed], { from: hub.address, ...options });

/** Nothing was written, and no temporary folder is left. */
const assertNothingWritten = () => assert.deepEqual(place.files("public"), []);

/** Where what arrives of the weights is, once something has. */
const partial = () => place.files().find((file) => file.endsWith(`${WEIGHTS}.partial`));

/** A folder of downloads that a command has left which has ended. */
function leftFolder() {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const folder = place.at(`cache/hub/owner--Tiny-Encoder/${COMMIT}.${hostname()}.${pid}.0`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function assertFailed({ status, output, errors }, expected, pattern) {
  assert.match(errors, pattern);
  assert.equal(status, expected, errors);
  assert.equal(output, "");
  assert.doesNotMatch(errors, /\n\s+at /, "a stack is for faults of the command itself");
}

/** The folder of the tiny model, whose weights and tokenizer are those that the core makes of the same files. */
function assertTinyWritten(folder = FOLDER) {
  assert.deepEqual(
    place.files("public"),
    WRITTEN.map((file) => `${folder.slice(7)}/${file}`),
  );
  for (const [file, content] of Object.entries(TINY_FILES)) {
    assert.ok(place.read(`${folder}/${file}`).equals(content), file);
  }
}

scenario("a repository becomes a folder, and what nobody had pinned is printed", async () => {
  const { status, output, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assertTinyWritten();
  const manifest = JSON.parse(place.read(`${FOLDER}/model.json`).toString());
  const { name, license, source } = manifest;
  assert.deepEqual(
    { name, license, source },
    { name: TINY, license: "unknown", source: `${hub.address}/${TINY}@${COMMIT}` },
  );
  assert.deepEqual({ ...manifest, ...withoutOrigin }, { ...TINY_MANIFEST, ...withoutOrigin });
  assert.match(errors, new RegExp(`main is commit ${COMMIT}`));
  for (const [file, content] of Object.entries(tiny)) {
    assert.ok(output.includes(`${sha256(content)}  ${file}`), `${output}\nlacks ${file}`);
  }
  assert.match(output, /fingerprint [0-9a-f]{64}/);
  assert.match(output, /\{ model: "tiny-encoder" \}/);
  assert.deepEqual(place.files("cache"), [], "downloads are not kept once the model is written");
  assert.deepEqual(
    hub.asked().filter((line) => line.endsWith(WEIGHTS)),
    [`hub ${WEIGHTS}`, `store ${WEIGHTS}`],
  );
});

scenario("a cross-encoder is said to be a reranker", async () => {
  const { status, output } = await place.run(["owner/pair-scorer"], { from: hub.address });
  assert.equal(status, 0);
  assert.match(output, /\{ reranker: "pair-scorer" \}/);
});

scenario("prefixes and the licence are written as they are said", async () => {
  const typed = [
    "--license",
    "MIT",
    "--query-prefix",
    'ask "$&": ',
    "--passage-prefix",
    "told: ",
    "--as",
    "mine",
  ];
  const { status } = await addTiny(typed);
  assert.equal(status, 0);
  const { license, task } = JSON.parse(place.read("public/models/mine/model.json").toString());
  assert.equal(license, "MIT");
  assert.equal(task.embedding.query_prefix, 'ask "$&": ');
  assert.equal(task.embedding.passage_prefix, "told: ");
  assert.equal((await addTiny(typed)).status, 0, "the same model is there already");
  assertFailed(await addTiny(["--as", "mine", "--query-prefix", "other"]), 6, /--force/);
});

scenario("the same model is left as it is, and another one only replaced by force", async () => {
  await addTiny();
  const { ino } = statSync(place.at(FOLDER));
  hub.asked();
  const again = await addTiny();
  assert.equal(again.status, 0);
  assert.match(again.output, /is there already/);
  assert.equal(statSync(place.at(FOLDER)).ino, ino);
  assert.deepEqual(hub.asked(), ["hub config.json"], "only which commit it is was asked");

  const other = ["owner/pair-scorer", "--as", "tiny-encoder"];
  assertFailed(await place.run(other, { from: hub.address }), 6, /has owner\/Tiny-Encoder.*--force/);
  assertTinyWritten();
  assert.equal((await place.run([...other, "--force"], { from: hub.address })).status, 0);
  assert.match(place.read(`${FOLDER}/model.json`).toString(), /pair-scoring/);
  assert.deepEqual(readdirSync(place.at("public/models")), ["tiny-encoder"]);
});

scenario("a damaged folder, and one that is none, is not taken for the model", async () => {
  await addTiny();
  writeFileSync(place.at(`${FOLDER}/weights.safetensors`), "damaged");
  assertFailed(await addTiny(), 6, /weights\.safetensors is damaged.*--force/);
  mkdirSync(place.at("public/models/mine"));
  writeFileSync(place.at("public/models/mine/diary.txt"), "dear diary");
  assertFailed(await addTiny(["--as", "mine"]), 6, /mine is taken.*no model\.json/);
  assert.equal(place.read("public/models/mine/diary.txt").toString(), "dear diary");
});

scenario("a connection that dies half way is taken up where it broke", async () => {
  hub.fail(WEIGHTS, { cut: 50_000 }, { cut: 70_000 });
  const { status, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assertTinyWritten();
  const ranges = hub.asked().filter((line) => line.startsWith("store"));
  assert.equal(ranges.length, 3);
  assert.equal(ranges[0], `store ${WEIGHTS}`);
  for (const line of ranges.slice(1)) assert.match(line, /bytes=\d+-$/);
  assert.match(errors, /trying again/);
});

for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGKILL", null],
]) {
  scenario(`what has arrived is kept on ${signal}, and the next command goes on from there`, async () => {
    hub.fail(WEIGHTS, { hold: 100_000 });
    const { child, end } = place.start([TINY], { from: hub.address });
    await until(async () => partial() !== undefined && place.read(partial()).length === 100_000);
    child.kill(signal);
    const { errors, ...ended } = await end;
    assert.equal(ended.status, status);
    if (signal === "SIGINT") assert.match(errors, /interrupted/);
    assertNothingWritten();
    hub.asked();
    assert.equal((await addTiny()).status, 0);
    assertTinyWritten();
    assert.deepEqual(
      hub.asked().filter((line) => line.startsWith("store")),
      [`store ${WEIGHTS} bytes=100000-`],
    );
    assert.deepEqual(place.files("cache"), []);
  });
}

scenario("a command leaves alone what another one that still runs has of the same model", async () => {
  hub.fail(WEIGHTS, { hold: 100_000 });
  const slow = place.start([TINY], { from: hub.address });
  await until(async () => partial() !== undefined && place.read(partial()).length === 100_000);
  const { status, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assertTinyWritten();
  assert.equal(place.read(partial()).length, 100_000);
  hub.breakOff();
  const first = await slow.end;
  assert.equal(first.status, 0, first.errors);
  assert.match(first.output, /is there already/);
  assertTinyWritten();
  assert.deepEqual(
    hub.asked().filter((line) => line.startsWith("store")),
    [`store ${WEIGHTS}`, `store ${WEIGHTS}`, `store ${WEIGHTS} bytes=100000-`],
  );
  assert.deepEqual(place.files("cache"), []);
});

for (const force of [[], ["--force"]]) {
  scenario(`commands for one model at the same time all succeed ${force}`.trim(), async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => addTiny(force)));
    for (const { status, errors } of all) assert.equal(status, 0, errors);
    assertTinyWritten();
    assert.deepEqual(place.files("cache"), []);
  });
}

scenario("what is no model folder is not replaced even by force", async () => {
  const mine = (file) => place.at(`public/models/mine/${file}`);
  mkdirSync(mine("letters"), { recursive: true });
  writeFileSync(mine("letters/first.txt"), "dear diary");
  const forced = ["--as", "mine", "--force"];
  assertFailed(await addTiny(forced), 6, /mine is no model folder and is not replaced: it has letters/);
  const asked = hub.asked();
  assert.ok(!asked.some((line) => line.includes(WEIGHTS)), "it is refused before anything is fetched");
  assert.equal(readFileSync(mine("letters/first.txt"), "utf8"), "dear diary");

  rmSync(mine("letters"), { recursive: true });
  writeFileSync(mine("tokenizer.json"), "{}");
  assertFailed(await addTiny(forced), 6, /it has no model\.json/);
  rmSync(mine("tokenizer.json"));
  assert.equal((await addTiny(forced)).status, 0, "an empty folder is nobody's");
  writeFileSync(mine("notes.txt"), "which model this is");
  assertFailed(await addTiny(forced), 6, /it has notes\.txt/);
  rmSync(mine("notes.txt"));
  writeFileSync(mine("model.json"), "damaged");
  assert.equal((await addTiny(forced)).status, 0, "a damaged model folder is one");
  assertTinyWritten("public/models/mine");

  writeFileSync(place.at("public/models/file"), "a file");
  assertFailed(await addTiny(["--as", "file", "--force"]), 6, /it is a file/);
  assert.equal(readFileSync(place.at("public/models/file"), "utf8"), "a file");
});

scenario("a file that had arrived whole, and was not yet checked, is not asked for again", async () => {
  const folder = leftFolder();
  writeFileSync(`${folder}/${WEIGHTS}.partial`, tiny[WEIGHTS]);
  const { status, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assertTinyWritten();
  // Its size is not known beforehand: the server says that there is no more (416).
  assert.deepEqual(
    hub.asked().filter((line) => line.startsWith("store")),
    [`store ${WEIGHTS} bytes=${tiny[WEIGHTS].length}-`],
  );
});

for (const [what, leftover] of [
  ["longer than the file", Buffer.alloc(tiny[WEIGHTS].length + 1)],
  ["of another file", Buffer.alloc(100_000)],
]) {
  scenario(`what an earlier command left, and is ${what}, is fetched anew`, async () => {
    const folder = leftFolder();
    writeFileSync(`${folder}/${WEIGHTS}.partial`, leftover);
    const { status, errors } = await addTiny();
    assert.equal(status, 0, errors);
    assertTinyWritten();
  });
}

test("a server without ranges, redirects, commits and hashes will do", PATIENCE, async () => {
  const mirror = await startHub(REPOSITORIES, { ranges: false, tells: false, redirects: false });
  try {
    mirror.fail(WEIGHTS, { cut: 50_000 });
    const { status, errors } = await place.run([TINY], {
      environment: { HF_ENDPOINT: `${mirror.address}/` },
    });
    assert.equal(status, 0, errors);
    assertTinyWritten();
    assert.match(errors, /does not say which commit main is/);
  } finally {
    mirror.close();
    place.remove();
  }
});

scenario("other content than the hub's own hash says is refused, and not kept", async () => {
  const damaged = Buffer.from(tiny[WEIGHTS]);
  damaged[damaged.length >> 1] ^= 1;
  hub.fail(WEIGHTS, { content: damaged });
  const expected = new RegExp(`expected sha256 ${sha256(tiny[WEIGHTS])}, found ${sha256(damaged)}`);
  assertFailed(await addTiny(), 4, expected);
  assertNothingWritten();
  assert.ok(!place.files("cache").some((file) => file.includes(WEIGHTS)));
});

scenario("another size than the hub's own is refused", async () => {
  for (const content of [tiny[WEIGHTS].subarray(1), Buffer.concat([tiny[WEIGHTS], Buffer.alloc(1)])]) {
    hub.fail(WEIGHTS, { content });
    assertFailed(
      await addTiny(),
      4,
      new RegExp(`has ${content.length} bytes, expected ${tiny[WEIGHTS].length}`),
    );
    assertNothingWritten();
  }
});

scenario("a preset's files have to have the sizes and hashes that it says", async () => {
  const preset = "sentence-transformers/all-MiniLM-L6-v2";
  const config = readFileSync(fromRoot("models/source/all-minilm-l6-v2/config.json"));
  for (const [content, pattern] of [
    ["{}", /config\.json has 2 bytes, expected 612/],
    [Buffer.from(config).fill(32, 0, 1), /config\.json is not the file.*expected sha256 953f9c0d/],
  ]) {
    const imposter = await startHub({ [preset]: { ...tiny, "config.json": content } });
    try {
      assertFailed(await place.run(["all-minilm-l6-v2"], { from: imposter.address }), 4, pattern);
      assertNothingWritten();
      assert.deepEqual(place.files("cache"), []);
    } finally {
      imposter.close();
    }
  }
});

scenario("the default preset becomes the folder that is converted natively, to the byte", async () => {
  const source = fromRoot("models/source/all-minilm-l6-v2");
  const files = Object.fromEntries(
    [
      ...Object.keys(tiny),
      "modules.json",
      "sentence_bert_config.json",
      "config_sentence_transformers.json",
    ].map((file) => [file, readFileSync(`${source}/${file}`)]),
  );
  const original = await startHub({ "sentence-transformers/all-MiniLM-L6-v2": files });
  try {
    const { status, output, errors } = await place.run(["all-MiniLM-L6-v2"], { from: original.address });
    assert.equal(status, 0, errors);
    assert.doesNotMatch(output, /not pinned/);
  } finally {
    original.close();
  }
  const native = (file) => readFileSync(fromRoot(`models/all-minilm-l6-v2/${file}`));
  for (const file of ["tokenizer.json", "weights.safetensors"]) {
    assert.ok(place.read(`public/models/all-minilm-l6-v2/${file}`).equals(native(file)), file);
  }
  // They differ in one line: the weights are the same, and came from somewhere else.
  const withoutSource = (manifest) => manifest.toString().replace(/^ {2}"source": .*$/m, "");
  assert.equal(
    withoutSource(place.read("public/models/all-minilm-l6-v2/model.json")),
    withoutSource(native("model.json")),
  );
});

scenario("a folder of files, and one that is converted already, need no network", async () => {
  for (const [file, content] of Object.entries(tiny)) {
    mkdirSync(place.at("Mine/1_Pooling"), { recursive: true });
    writeFileSync(place.at(`Mine/${file}`), content);
  }
  const environment = { HTTPS_PROXY: "http://127.0.0.1:1" };
  const { status, errors } = await place.run(["./Mine"], { environment });
  assert.equal(status, 0, errors);
  assertTinyWritten("public/models/mine");
  const copied = await place.run(["./public/models/mine", "--to", "copies"], { environment });
  assert.equal(copied.status, 0, copied.errors);
  for (const file of WRITTEN) {
    assert.ok(place.read(`copies/mine/${file}`).equals(place.read(`public/models/mine/${file}`)), file);
  }
  assert.match((await place.run(["./copies/mine", "--to", "copies"])).output, /is whole/);
  writeFileSync(place.at("copies/mine/tokenizer.json"), "{}");
  assertFailed(await place.run(["./copies/mine", "--to", "more"]), 4, /tokenizer\.json is damaged/);
});

const REFUSED = [
  ["a repository that does not exist", ["nobody/nothing"], 3, /HTTP status 401.*wants an account/],
  ["a repository without weights", ["owner/no-weights"], 5, /no model\.safetensors/],
  ["an architecture that is not known", ["owner/gpt"], 5, /cannot be converted: .*gpt2/],
  ["a folder that is not there", ["./nowhere"], 2, /no folder/],
  ["a name that is nearly one", ["all-minilm-l6-v"], 2, /did you mean all-minilm-l6-v2\?/],
  ["a name as it is on the hub", ["ms-marco-MiniLM-L-12-v2"], 2, /did you mean ms-marco-minilm-l12-v2/],
  ["a name that is like none", ["zzzz"], 2, /there are all-minilm-l6-v2, /],
  ["no name", [], 2, /which model is missing/],
  ["two names", ["owner/a", "owner/b"], 2, /"owner\/b" is no command/],
  ["an unknown option", [TINY, "--fast"], 2, /--fast/],
  ["a folder's name with a slash", [TINY, "--as", "a/b"], 2, /--as/],
  ["an address that is none", [TINY, "--from", "nowhere"], 2, /--from/],
  ["a time that is none", [TINY, "--timeout", "soon"], 2, /--timeout/],
];

for (const [what, typed, status, pattern] of REFUSED) {
  scenario(`${what} is refused`, async () => {
    const from = typed.includes("--from") ? undefined : hub.address;
    assertFailed(await place.run(typed, { from }), status, pattern);
    assertNothingWritten();
  });
}

scenario("weights of an unknown architecture are not even asked for", async () => {
  await place.run(["owner/gpt"], { from: hub.address });
  assert.ok(!hub.asked().some((line) => line.includes(WEIGHTS)));
});

scenario("a redirect to another path of the same server is followed", async () => {
  const location = `/${TINY}/resolve/${COMMIT}/tokenizer.json`;
  hub.fail("tokenizer.json", { location });
  const { status, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assertTinyWritten();
  assert.equal(hub.asked().filter((line) => line === "hub tokenizer.json").length, 2);
});

scenario("a server that is overloaded for a moment is asked again", async () => {
  hub.fail("config.json", { status: 503 }, { status: 429 });
  const { status, errors } = await addTiny();
  assert.equal(status, 0, errors);
  assert.match(errors, /HTTP status 503; trying again/);
});

scenario("a server that goes silent is given up, and what it sent is kept", async () => {
  hub.fail(WEIGHTS, { hold: 1000 }, ...Array(6).fill({ hold: 0 }));
  const result = await addTiny(["--timeout", "0.2"]);
  assertFailed(result, 3, /nothing arrived for 0\.2 seconds; 1000 of 201192 bytes are kept/);
  assertNothingWritten();
});

scenario("web pages, and redirects that lead nowhere, are no files", async () => {
  hub.fail("config.json", { content: Buffer.from("<!doctype html>Log in"), type: "text/html" });
  assertFailed(await addTiny(), 3, /answered with a web page/);
  hub.fail("config.json", { location: "ftp://127.0.0.1/" });
  assertFailed(await addTiny(), 3, /redirects to "ftp:/);
  const loop = `${hub.address}/${TINY}/resolve/main/config.json`;
  hub.fail("config.json", ...Array(20).fill({ location: loop }));
  assertFailed(await addTiny(), 3, /redirects more than 10 times/);
  assertNothingWritten();
});

scenario("a full disk is said to be full", async () => {
  const folder = leftFolder();
  symlinkSync("/dev/full", `${folder}/tokenizer.json.partial`);
  assertFailed(await addTiny(), 6, /tokenizer\.json\S* could not be written: the disk is full/);
  assertNothingWritten();
});

scenario("a file in the place of the folder above is an error that names it", async () => {
  writeFileSync(place.at("public"), "not a folder");
  assertFailed(await addTiny(), 6, /public\/models\/tiny-encoder/);
});

test("proxies of the environment are used, but for what no_proxy names", PATIENCE, async () => {
  const asked = [];
  const proxy = createServer(async (request, response) => {
    asked.push(request.url);
    const answer = await fetch(request.url);
    const headers = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  const environment = { http_proxy: (await listen(proxy)).replace(/\/$/, "") };
  try {
    const { status, errors } = await addTiny([], { environment });
    assert.equal(status, 0, errors);
    assertTinyWritten();
    assert.ok(asked.includes(`${hub.address}/${TINY}/resolve/main/config.json`));
    asked.splice(0);
    const excepted = { ...environment, no_proxy: "example.com,127.0.0.1" };
    assert.equal((await addTiny(["--force"], { environment: excepted })).status, 0);
    assert.deepEqual(asked, []);
  } finally {
    proxy.close();
    proxy.closeAllConnections();
    place.remove();
  }
});

test("HTTPS goes through a tunnel of the proxy, which is told name and password", PATIENCE, async () => {
  const [key, certificate] = [place.at("key.pem"), place.at("certificate.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...options, ...subject, "-keyout", key, "-out", certificate], {
    stdio: "ignore",
  });
  const secure = createSecureServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    async (request, response) => {
      const { url = "" } = request;
      if (url.startsWith("/owner/downgrade/")) {
        response.writeHead(302, { location: hub.address + url }).end();
        return;
      }
      const file = url.slice(url.indexOf("/resolve/main/") + 14);
      const content = tiny[file];
      response.writeHead(content === undefined ? 404 : 200).end(content);
    },
  );
  const { port } = new URL(await listen(secure));
  const tunnels = [];
  const proxy = createServer();
  proxy.on("connect", (request, client) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const server = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const socket of [client, server]) socket.on("error", () => {});
  });
  const address = new URL(await listen(proxy));
  [address.username, address.password] = ["me", "s3cret"];
  const environment = { HTTPS_PROXY: address.href, NODE_EXTRA_CA_CERTS: certificate };
  try {
    const from = `https://localhost:${port}`;
    const { status, errors } = await addTiny(["--timeout", "20"], { from, environment });
    assert.equal(status, 0, errors);
    assertTinyWritten();
    const expected = `localhost:${port} Basic ${Buffer.from("me:s3cret").toString("base64")}`;
    const downgrade = await place.run(["owner/downgrade"], { from, environment });
    assertFailed(downgrade, 3, /redirects to http:\S*, which is not encrypted/);
    assert.ok(tunnels.length > 0);
    assert.deepEqual([...new Set(tunnels)], [expected]);
  } finally {
    for (const server of [secure, proxy]) {
      server.close();
      server.closeAllConnections?.();
    }
    place.remove();
  }
});

test("the list tells what there is, for people and for programs", async () => {
  const command = fromRoot("pkg/dist/cli/ibid.js");
  const run = (...typed) => execFileSync(process.execPath, [command, ...typed], { encoding: "utf8" });
  assert.match(
    run("model", "list"),
    /^name +kind +languages +size +licence +for\nall-minilm-l6-v2 +embedding/,
  );
  const presets = JSON.parse(run("model", "list", "--json"));
  for (const { name, repository, commit, license, files } of presets) {
    assert.match(name, /^[a-z0-9.-]+$/);
    assert.match(repository, /^[\w-]+\/[\w.-]+$/);
    assert.match(commit, /^[0-9a-f]{40}$/);
    assert.match(license, /^(MIT|Apache-2\.0)$/);
    assert.equal(files.at(-1).path, WEIGHTS, "whether it can be converted is checked before the weights");
    for (const { path, bytes, sha256 } of files) {
      assert.ok((bytes === undefined) === (sha256 === undefined), path);
      assert.ok(sha256 === undefined || /^[0-9a-f]{64}$/.test(sha256), path);
    }
  }
  assert.match(run("--help"), /usage: ibid model add/);
  assert.match(run("--version"), /^\d+\.\d+\.\d+\n$/);
  place.remove();
});
