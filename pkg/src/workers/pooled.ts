/** What a worker of a pool begins with: the core and the model that the collection's worker uses. */
import { loadKept } from "../model/files.js";
import type { PooledModel } from "../protocol.js";
import type { ModelFiles } from "../wasm/ibid_simd128.js";
import { type Core, startCore } from "./core.js";

export async function loadPooled(model: PooledModel): Promise<{ core: Core; files: ModelFiles }> {
  const { url, manifest, compiled, kernels } = model;
  const core = await startCore(compiled);
  core.useKernels(kernels);
  return { core, files: await loadKept(url, core, manifest) };
}
