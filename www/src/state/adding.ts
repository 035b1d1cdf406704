/** That documents are being added, in whichever tab: a change of the page's version waits for that. */
const LOCK = "ibid-demo adding";

/** Adds documents. */
export function whileAdding(work: () => Promise<void>): Promise<void> {
  return navigator.locks?.request(LOCK, { mode: "shared" }, work) ?? work();
}

/** Runs `work` once nothing is being added in any tab; what is to be added waits until it has ended. */
export async function whenNothingIsAdded(work: () => Promise<void>): Promise<void> {
  await (navigator.locks?.request(LOCK, work) ?? work());
}
