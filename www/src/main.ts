import { App } from "./app.js";
import { nextTask } from "./state/pace.js";

// What the page needs next comes meanwhile. Where that fails, opening the collection tells why.
import("ibid").catch(() => {});

// The page is drawn in a task of its own: to run its scripts takes phones long enough.
void nextTask().then(() => customElements.define("ibid-app", App));
