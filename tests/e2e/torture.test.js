// A tenth of `make torture`, with a fixed seed: what was acknowledged is there after a crash, and whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tortureByFaults } from "../torture/faults.js";
import { History } from "../torture/history.js";
import { Loss } from "../torture/inspection.js";
import { tortureByKills } from "../torture/kills.js";
import { interrupted, Operations } from "../torture/operations.js";
import { Random } from "../torture/random.js";
import { tortureBySuspension } from "../torture/suspended.js";
import { tortureByTabs } from "../torture/tabs.js";

/** Generous: shared machines stall. */
const PATIENCE = { timeout: 600_000 };

const SEED = 1;

test("what one writer lost of another is noticed", () => {
  const operations = new Operations(new Random(SEED, "history"));
  const [old, mine, yours] = Array.from({ length: 3 }, () => operations.version("doc-01"));
  const stored = ({ id, content }) => [{ id, text: content }];
  const history = new History();
  history.acknowledge(history.begin({ kind: "add", documents: [old] }));
  const calls = [mine, yours].map((version) => history.begin({ kind: "add", documents: [version] }));
  for (const call of calls) history.acknowledge(call);
  // They were made at the same time: either may be the last one.
  for (const version of [mine, yours]) {
    assert.deepEqual([...history.explain(stored(version))], [["doc-01", version]]);
  }
  assert.throws(() => history.explain(stored(old)), Loss);
  assert.throws(() => history.explain([]), Loss);
  assert.throws(() => history.explain([...stored(mine), { id: "doc-02", text: "Nobody added it." }]), Loss);
  history.acknowledge(history.begin({ kind: "remove", ids: ["doc-01"] }));
  assert.throws(() => history.explain(stored(mine)), Loss);
  assert.equal(history.explain([]).size, 0);
});

test("of a call that was cut off, no mixture is taken for whole", () => {
  const operations = new Operations(new Random(SEED, "interrupted"));
  const documents = ["doc-01", "doc-02", "doc-03"].map((id) => operations.version(id));
  const sizes = (kind) => interrupted(new Map(), { kind, documents }).map(({ documents }) => documents.size);
  assert.deepEqual(sizes("atomic"), [0, 3]);
  assert.deepEqual(sizes("addMany"), [0, 1, 2, 3]);
  const there = new Map(documents.map((version) => [version.id, version]));
  const merging = interrupted(there, { kind: "merge", ids: ["doc-01"] });
  assert.deepEqual(
    merging.map(({ documents }) => documents.size),
    [3, 2],
  );
});

test("what was acknowledged is there after each of 20 kills", PATIENCE, async () => {
  const { kills, operations, hit } = await tortureByKills(20, SEED);
  assert.equal(kills.worker + kills.browser, 20);
  assert.ok(kills.worker > 0 && kills.browser > 0);
  assert.ok(operations > 0);
  assert.ok(Object.keys(hit).length > 1, "the kills hit nothing");
});

test(
  "two pages that change the same documents, one of them frozen for a while, agree",
  PATIENCE,
  async () => {
    const { operations, refused, conflicts } = await tortureByTabs(50, SEED);
    assert.equal(operations + refused, 50);
    assert.ok(conflicts > 0, "the pages were not in each other's way");
  },
);

test("a writer that is suspended in the middle of a commit loses nothing", PATIENCE, async () => {
  await tortureBySuspension(1, SEED);
});

test("no request that fails leaves an operation half done", PATIENCE, async () => {
  const { faults, refused, kinds } = await tortureByFaults(28, SEED);
  assert.ok(refused > 0 && refused <= faults, "nothing was refused");
  assert.ok(Object.keys(kinds).length > 10, "the faults hit few kinds of operations");
});
