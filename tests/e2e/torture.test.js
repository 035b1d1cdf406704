// A tenth of `make torture`, with a fixed seed: what was acknowledged is there after a crash, and whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tortureByKills } from "../torture/kills.js";
import { tortureBySuspension } from "../torture/suspended.js";
import { tortureByTabs } from "../torture/tabs.js";

/** Generous: shared machines stall. */
const PATIENCE = { timeout: 600_000 };

const SEED = 1;

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
    const { operations, conflicts } = await tortureByTabs(50, SEED);
    assert.equal(operations, 50);
    assert.ok(conflicts > 0, "the pages were not in each other's way");
  },
);

test("a writer that is suspended in the middle of a commit loses nothing", PATIENCE, async () => {
  await tortureBySuspension(1, SEED);
});
