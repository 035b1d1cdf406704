// What workers hold.

/**
 * Bytes of JavaScript of this page's workers, of any kind. The browser collects garbage before it answers. It leaves out
 * the memory of WebAssembly, of which `wasm-memory.js` knows.
 * @param {(url: string) => boolean} isCounted by the address of a worker's script
 */
export async function workerBytes(isCounted = () => true) {
  const { breakdown } = await performance.measureUserAgentSpecificMemory();
  const isOfWorker = ({ attribution }) =>
    attribution.some(({ scope, url }) => scope === "DedicatedWorkerGlobalScope" && isCounted(url));
  return breakdown.filter(isOfWorker).reduce((sum, { bytes }) => sum + bytes, 0);
}
