import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { writeServiceWorker } from "./site/service-worker.js";

const here = import.meta.dirname;

/** The package's copy of pdf.js. Bundled, its files would have other names than those that it looks for beside itself. */
const PDFJS = join(here, "..", "pkg", "dist", "pdfjs");

/** Publishes the frame through which language models are asked; bundled, it would be given the page's scripts. */
function publishModelFrame(): Plugin {
  return {
    name: "publish-model-frame",
    apply: "build",
    generateBundle() {
      const source = readFileSync(join(here, "model.html"));
      this.emitFile({ type: "asset", fileName: "model.html", source });
    },
  };
}

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

/** Publishes the package's copy of pdf.js under its own names; the page loads it for PDF files only. */
function publishPdfjs(): Plugin {
  return {
    name: "publish-pdfjs",
    generateBundle(_, bundle) {
      for (const [key, { fileName, type }] of Object.entries(bundle)) {
        if (type === "asset" && /\/pdf(\.worker)?\.min-[\w-]+\.mjs$/.test(fileName)) {
          delete bundle[key]; // the worker's own address of it, which `pdfUrl` takes the place of
        }
      }
      for (const name of readdirSync(PDFJS, { recursive: true, encoding: "utf8" })) {
        const path = join(PDFJS, name);
        if (statSync(path).isFile()) {
          const fileName = `pdfjs/${name.replaceAll("\\", "/")}`;
          this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
        }
      }
    },
    configureServer(server) {
      server.middlewares.use("/pdfjs", (request, response, next) => {
        const [, name] = /^\/((?:[\w.-]+\/)?[\w.-]+)$/.exec(request.url ?? "") ?? [];
        const path = join(PDFJS, name ?? "");
        if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
          next();
          return;
        }
        const type = { ".mjs": "text/javascript", ".wasm": "application/wasm" }[extname(path)];
        response.setHeader("content-type", type ?? "application/octet-stream");
        createReadStream(path).pipe(response);
      });
    },
  };
}

/** Writes what keeps the page on the devices of its readers, once all that it is made of is there. */
function publishServiceWorker(): Plugin {
  let folder = "";
  return {
    name: "publish-service-worker",
    apply: "build",
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    async closeBundle(error) {
      if (error === undefined) {
        await writeServiceWorker(folder);
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
  build: { target: "es2022" },
  worker: { format: "es" },
  // Pre-bundling would move the package's worker away from its WebAssembly file.
  optimizeDeps: { exclude: ["ibid"] },
  plugins: [publishModelFrame(), publishSamples(), publishPdfjs(), publishServiceWorker(), serveModels()],
});
