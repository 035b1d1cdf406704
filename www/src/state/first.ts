/**
 * The first reading of what is kept on this device takes phones longer than most else that the page begins with, so it has a task of its
 * own, before the rest of the page's scripts are run.
 */
import { readKept } from "./kept.js";
import { nextTask } from "./pace.js";

readKept("");
await nextTask();
