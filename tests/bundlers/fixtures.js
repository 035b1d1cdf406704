// @ts-check
// The small applications of this folder, each with another bundler.

/**
 * @typedef {object} Fixture
 * @property {string} folder of the application, beside this file
 * @property {string} [bundler] the npm package that it is built or served with
 * @property {string} [serves] the folder that a server publishes, in the application's own; absent, a server of the bundler does
 * @property {boolean} [isBuilt] whether `npm run build` comes first
 * @property {(other: string) => string} [path] what follows in the page's address; it is given the other origin's
 */

/** @type {Record<string, Fixture>} */
export const FIXTURES = {
  Vite: { folder: "vite", bundler: "vite", serves: "dist", isBuilt: true },
  "Vite, dev server": { folder: "vite", bundler: "vite" },
  "webpack 5": { folder: "webpack", bundler: "webpack", serves: ".", isBuilt: true },
  "Next.js, static export": { folder: "next", bundler: "next", serves: "dist", isBuilt: true },
  Parcel: { folder: "parcel", bundler: "parcel", serves: "dist", isBuilt: true },
  "Rollup, with ibid assets": { folder: "rollup", bundler: "rollup", serves: ".", isBuilt: true },
  "esbuild, with ibid assets": { folder: "esbuild", bundler: "esbuild", serves: ".", isBuilt: true },
  "esbuild, assets of another origin": {
    folder: "esbuild",
    bundler: "esbuild",
    serves: ".",
    isBuilt: true,
    path: (other) => `?assets=${other}ibid@0.1.0/dist/`,
  },
  "no bundler, import map": { folder: "modules", serves: "..", path: () => "modules/" },
  "no bundler, another origin": { folder: "cdn", serves: "..", path: (other) => `cdn/?cdn=${other}` },
};
