// What this engine can do of what the package uses or may use, tried out where that is possible.

import { RELAXED_SIMD } from "./relaxed-simd.js";

const attempt = async (run) => {
  try {
    return (await run()) !== false;
  } catch {
    return false;
  }
};

const withLock = () => navigator.locks.request("features", () => true);

/** Whether a file can be written to the origin's private file system. */
async function privateFile() {
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle("features", { create: true });
  const stream = await file.createWritable();
  await stream.write("x");
  await stream.close();
  const { size } = await file.getFile();
  await folder.removeEntry("features");
  return size === 1;
}

/** As far as the browser says: that an authenticator can derive secrets takes one to be found out. */
async function prf() {
  if (globalThis.PublicKeyCredential === undefined) return "no WebAuthn";
  const capabilities = await PublicKeyCredential.getClientCapabilities?.();
  return capabilities?.["extension:prf"] ?? "not told";
}

/** Whether the browser grants that nothing is evicted: some decide by themselves, others ask their user, who is not there. */
async function persist() {
  if (navigator.storage?.persist === undefined) return "cannot be asked";
  const asked = new Promise((resolve) => setTimeout(resolve, 3000, "asks its user"));
  return Promise.race([navigator.storage.persist(), asked]);
}

export const features = async () => ({
  relaxedSimd: WebAssembly.validate(Uint8Array.from(RELAXED_SIMD)),
  locks: await attempt(withLock),
  opfs: await attempt(privateFile),
  persist: await persist(),
  prf: await prf(),
  trustedTypes: "trustedTypes" in globalThis,
  webgpu: "gpu" in navigator,
});
