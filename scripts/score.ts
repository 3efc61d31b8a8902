import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * `npm run score -- SUITE [options of the scorer]`: scores dist/headless.mjs on cases that nobody of this
 * project wrote. They lie beside the project, or in $CONFORMANCE, and are not part of it; where they are
 * missing there is nothing to score. `all` runs every suite.
 */

const SUITES = ["nft-py", "nft-dump", "nft-shell", "shell", "kselftest", "tcpdump", "tshark", "filters"];

const root = join(import.meta.dirname, "..");
const scorer = join(process.env["CONFORMANCE"] ?? join(root, "../shared/conformance"), "score/score.mjs");
const adapter = join(root, "dist/headless.mjs");

const [suite = "", ...options] = process.argv.slice(2);
if (suite !== "all" && !SUITES.includes(suite)) {
  console.error(`usage: npm run score -- SUITE [--tier core|core6|extended|all] [--failures FILE] [--limit N] [--stride K]\nSUITE: all ${SUITES.join(" ")}`);
  process.exit(2);
}
if (!existsSync(scorer)) {
  console.log(`skipped: no scorer at ${scorer} (set CONFORMANCE to the folder of the cases)`);
  process.exit(0);
}
for (const name of suite === "all" ? SUITES : [suite]) {
  const { status } = spawnSync(process.execPath, [scorer, "--suite", name, "--adapter", adapter, ...options], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
