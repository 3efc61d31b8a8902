import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/**
 * The page. Relative addresses everywhere (`base: "./"`), so that the built folder works under any
 * path of any static host; the engine is an ES module worker so that it can share chunks and be split.
 */
export default defineConfig({
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  build: { target: "es2022", outDir: "dist/page", sourcemap: false, chunkSizeWarningLimit: 1500 },
});
