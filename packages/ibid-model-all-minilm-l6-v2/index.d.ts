/** The address of the model's folder, for pages without a bundler: bundlers emit files, and no folders. */
export declare const url: URL;

/** The fingerprint by which `openCollection` can pin it. */
export declare const fingerprint: string;
