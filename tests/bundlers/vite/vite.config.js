import { defineConfig } from "vite";

export default defineConfig({
  // Pre-bundling would part the package's workers from what is beside them.
  optimizeDeps: { exclude: ["ibid"] },
  worker: { format: "es" },
  // While developing, models and documents come from where the script has them; a built page has both beside it.
  server: { proxy: { "/models": process.env.SITE, "/documents": process.env.SITE } },
});
