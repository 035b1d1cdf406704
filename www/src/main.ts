import { App } from "./app.js";
import { nextTask } from "./state/pace.js";
import { hasFiles } from "./text/dropped-files.js";

// What the page needs next comes meanwhile. Where that fails, opening the collection tells why.
import("ibid").catch(() => {});

// A file that is dropped where nothing takes it, as while the documents are locked, would otherwise replace the page.
for (const type of ["dragover", "drop"] as const) {
  window.addEventListener(type, (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
    }
  });
}

// The page is drawn in a task of its own: to run its scripts takes phones long enough.
void nextTask().then(() => customElements.define("ibid-app", App));
