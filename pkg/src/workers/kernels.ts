/** Which kernels compute in the layers of models: measured once in a browser, as long as it keeps what was measured. */
import { digestOf, ModelCache } from "../model/cache.js";
import type { KernelsName } from "../wasm/ibid_simd128.js";
import type { Core } from "./core.js";

const FILE = "kernels";

/**
 * Has the core use the kernels that were chosen before on this device, or choose them now, and returns the name of those of
 * layers. With others vectors would differ a little, and a search that is repeated later would not find the same to the bit.
 */
export async function settleKernels(core: Core): Promise<KernelsName> {
  const cache = await ModelCache.openNotes(digestOf(core));
  // Another engine may make other instructions of them.
  const key = `${core.buildName()} ${navigator.userAgent}`;
  const file = await cache.read(FILE, key);
  const kept = file && new TextDecoder().decode(file.bytes);
  if (kept !== undefined) {
    tryKernels(core, kept);
  }
  const { layers, vectors } = core.chooseKernels();
  const chosen = `${layers} ${vectors}`;
  if (kept !== chosen) {
    await cache.remove((file) => file === FILE);
    await cache.write(FILE, key, new TextEncoder().encode(chosen));
  }
  return layers;
}

/** Uses kernels by names that another version may have written. */
function tryKernels(core: Core, names: string): void {
  const [layers, vectors] = names.split(" ") as [KernelsName, KernelsName?];
  try {
    core.useKernels(layers, vectors);
  } catch {
    // It has none of this name, or they are wrong here by now: then it measures.
  }
}
