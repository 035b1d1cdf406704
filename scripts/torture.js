// Runs what tests/torture has, at full length, and prints figures; see scripts/torture.

import { randomInt } from "node:crypto";
import { tortureByFaults } from "../tests/torture/faults.js";
import { describeHits, tortureByKills } from "../tests/torture/kills.js";
import { tortureBySuspension } from "../tests/torture/suspended.js";
import { tortureByTabs } from "../tests/torture/tabs.js";

/** How many calls two pages make together. */
const OPERATIONS = 500;

/** How many faults are injected at most: more than there are requests to inject them in. */
const FAULTS = 10_000;

/** How often a writer is suspended at each place with each kind of operation. */
const SUSPENSIONS = 3;

/** A whole number of the environment. */
function setting(name, otherwise) {
  const value = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`${name}=${process.env[name]}: expected a whole number from 0`);
  }
  return value;
}

/** Says now and then how far it is. */
function tell(done) {
  if (done % 20 === 0) console.log(`  ${done} of ${kills} kills`);
}

const kills = setting("TORTURE_KILLS", 200);
const seed = setting("TORTURE_SEED", randomInt(2 ** 31));
console.log(`TORTURE_SEED=${seed} TORTURE_KILLS=${kills}`);

try {
  const { kills: byWay, operations, hit } = await tortureByKills(kills, seed, tell);
  console.log(`kills: ${byWay.worker} of the worker (A), ${byWay.browser} of the browser (B)`);
  console.log(`operations acknowledged: ${operations}`);
  for (const line of describeHits(hit)) console.log(line);

  const tabs = await tortureByTabs(OPERATIONS, seed);
  console.log(
    `two pages: ${tabs.operations} operations acknowledged, ${tabs.refused} refused as store-conflict, ${tabs.conflicts} pairs on the same documents at the same time; while one was frozen, it had ${tabs.frozen.ofFrozen} acknowledged and the other ${tabs.frozen.ofOther}, after ${tabs.frozen.blocked} times inside a transaction`,
  );

  for (const [place, times] of Object.entries(await tortureBySuspension(SUSPENSIONS, seed))) {
    console.log(`writer suspended ${place}: ${times} times`);
  }

  const faults = await tortureByFaults(FAULTS, seed);
  console.log(
    `faults injected: ${faults.faults}; ${faults.refused} operations were refused for it, and done again`,
  );
  for (const [kind, count] of Object.entries(faults.kinds)) console.log(`  ${kind}: ${count}`);
  console.log("losses: 0");
} catch (error) {
  console.error(`TORTURE_SEED=${seed}`);
  throw error;
}
