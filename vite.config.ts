import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";
import { parse } from "yaml";

/** `import facts from "…/lesson.yaml"`: read while building, so that the page needs no reader of YAML. */
const yamlAsData: Plugin = {
  name: "yaml-as-data",
  transform: (code, id) => id.endsWith(".yaml") ? { code: `export default ${JSON.stringify(parse(code))}`, map: null } : null,
};

/**
 * The page. Relative addresses everywhere (`base: "./"`), so that the built folder works under any
 * path of any static host; the engine is an ES module worker so that it can share chunks and be split.
 */
export default defineConfig({
  base: "./",
  plugins: [react(), yamlAsData],
  worker: { format: "es" },
  build: { target: "es2022", outDir: "dist/page", sourcemap: false, chunkSizeWarningLimit: 1500 },
});
