/** Which kernels compute in the layers of models: measured once on this device. */
import { digestOf, ModelCache } from "../model/cache.js";
import type { KernelsName } from "../wasm/ibid_simd128.js";
import type { Core } from "./core.js";

const FILE = "kernels";

/**
 * Has the core use the kernels that were chosen before on this device, or choose them now, and returns their name. With
 * others the last digits of vectors would differ, and a search that is repeated later would not find the same to the bit.
 */
export async function settleKernels(core: Core): Promise<KernelsName> {
  const cache = await ModelCache.open(`${globalThis.origin}/ibid/`, digestOf(core));
  // Another engine may make other instructions of them.
  const key = `${core.buildName()} ${navigator.userAgent}`;
  const kept = await cache.read(FILE, key);
  if (kept !== undefined) {
    tryKernels(core, new TextDecoder().decode(kept.bytes));
  }
  const chosen = core.chooseKernels();
  if (kept === undefined) {
    await cache.remove((file) => file === FILE);
    await cache.write(FILE, key, new TextEncoder().encode(chosen));
  }
  return chosen;
}

/** Uses kernels by a name that another version may have written. */
function tryKernels(core: Core, name: string): void {
  try {
    core.useKernels(name as KernelsName);
  } catch {
    // It has none of this name: then it measures.
  }
}
