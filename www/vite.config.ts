import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;

/** Publishes samples/ with the site under its own name; while developing Vite serves the folder as it is. */
function publishSamples(): Plugin {
  return {
    name: "publish-samples",
    apply: "build",
    generateBundle() {
      for (const name of readdirSync(join(here, "samples"))) {
        this.emitFile({
          type: "asset",
          fileName: `samples/${name}`,
          source: readFileSync(join(here, "samples", name)),
        });
      }
    },
  };
}

/** While developing, serves the models that `make model` prepared beside this folder; a built site has them mounted. */
function serveModels(): Plugin {
  return {
    name: "serve-models",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use("/models", (request, response, next) => {
        const [, folder, file] = /^\/([\w-]+)\/([\w.-]+)$/.exec(request.url ?? "") ?? [];
        const path = join(here, "..", "models", folder ?? "", file ?? "");
        if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
          next();
          return;
        }
        createReadStream(path).pipe(response);
      });
    },
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  build: { target: "es2022" },
  worker: { format: "es" },
  // Pre-bundling would move the package's worker away from its WebAssembly file.
  optimizeDeps: { exclude: ["ibid"] },
  plugins: [publishSamples(), serveModels()],
});
