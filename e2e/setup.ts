import { existsSync } from "node:fs";
import { join } from "node:path";
import { preview } from "vite";
import { findBrowser } from "../scripts/browser.ts";

/** The page is served under a path, because a static host may do so: an absolute address in the build would fail here. */
const BASE = "/some/where/";

/**
 * Runs once before all specs: finds a browser, serves the built page on a free port, and leaves both for
 * the workers in the environment (fixtures.ts reads them). Returns what playwright runs at the end.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const root = join(import.meta.dirname, "..");
  if (!existsSync(join(root, "dist/page/index.html"))) throw new Error("The page is not built: npm run build");
  await findBrowser();
  const server = await preview({ root, base: BASE, logLevel: "error", preview: { host: "127.0.0.1", port: 4300, strictPort: false } });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("the page's server has no address");
  process.env["KNETSIM_PAGE"] = address;
  return () => server.close();
}
