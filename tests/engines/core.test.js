// The contract of stores and the kernels of the core, in the engines that `scripts/test browser` does not run them in, which is Chromium.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ENGINES } from "../../scripts/engines.js";
import { features } from "./page/features.js";
import { build, run } from "./rust-tests.js";

const ANY_BUILD = ["browser_store", "browser_sealed", "browser_kernels", "browser_vectors"];
const RELAXED_BUILD = ["browser_kernels", "browser_vectors"];
