/**
 * The version of the package, by which a worker of another one is known. It stands here a second time because a browser
 * cannot import `package.json`; `tests/e2e/package-worker.test.js` holds the two together.
 */
export const VERSION = "0.1.0";
