/** Whether documents are likely to be stored, as they were when the page was last open: it is drawn before the collection is open. */
import { keep, readKept } from "./kept.js";

const KEPT = "ibid-demo-documents";

let expected = readKept(KEPT) === "some";

export function expectsDocuments(): boolean {
  return expected;
}

/** Keeps on this device whether there are any. */
export function keepExpectation(some: boolean): void {
  if (some !== expected) {
    expected = some;
    keep(KEPT, some ? "some" : undefined);
  }
}
