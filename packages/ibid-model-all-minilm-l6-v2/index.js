/** The address of the model's folder, for pages without a bundler: bundlers emit files, and no folders. */
export const url = new URL("./model/", import.meta.url);

/** The fingerprint by which `openCollection` can pin it. */
export const fingerprint = "ef49214eec5623c539ab0c4ace00438c1842c66b7cbee82650725c138623b36f";
