/** The address of the model's folder, for pages without a bundler: bundlers emit files, and no folders. */
export const url = new URL("./model/", import.meta.url);

/** The fingerprint by which `openCollection` can pin it. */
export const fingerprint = "a037de57529e168d6db7462dd311da84b7a6b87d9470e57466637c20577a4e60";
