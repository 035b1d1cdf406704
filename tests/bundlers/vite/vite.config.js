import { defineConfig } from "vite";

export default defineConfig({
  // Pre-bundling would part the package's workers from what is beside them.
  optimizeDeps: { exclude: ["ibid"] },
  worker: { format: "es" },
  // While developing, models, documents and the policy come from the script that starts the server; a built page is served by it.
  server: {
    proxy: { "/models": process.env.SITE, "/documents": process.env.SITE },
    headers: { "content-security-policy": process.env.POLICY },
  },
});
