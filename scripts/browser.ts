import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright";
import type { LaunchOptions } from "playwright";

/**
 * Finds a Chromium for the tests, or fetches one. Only a browser that has just started, opened a page
 * and run a line of script counts: a file with the right name proves nothing (Ubuntu's
 * `chromium-browser` is a script that asks for snap; a half-unpacked binary is still a file).
 */

interface Candidate {
  readonly from: string;
  /** Where the executable is. May unpack or install it first; throws with the reason when it cannot. */
  readonly locate: () => Promise<{ executablePath: string; env?: Record<string, string> }>;
  /** Called when it did not launch, so that the next run begins afresh. */
  readonly discard?: () => void;
}

/** The answer is handed to child processes (playwright's workers) in this variable, so that one run looks only once. */
const CACHE_VARIABLE = "KNETSIM_BROWSER_LAUNCH";

const LAUNCH_TIMEOUT_MS = 60_000;

const isRoot = process.getuid?.() === 0;

const ARGS: readonly string[] = [
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  // Chromium refuses to sandbox itself as root.
  ...(isRoot ? ["--no-sandbox"] : []),
];

/** Options for `chromium.launch()` with a browser that works here. Throws an error that says what to install when there is none. */
export async function findBrowser(): Promise<LaunchOptions> {
  const cached = process.env[CACHE_VARIABLE];
  if (cached !== undefined) return JSON.parse(cached) as LaunchOptions;
  const refusals: string[] = [];
  for (const candidate of candidates()) {
    try {
      const options = await tryToLaunch(candidate);
      process.env[CACHE_VARIABLE] = JSON.stringify(options);
      return options;
    } catch (error) {
      candidate.discard?.();
      refusals.push(`  ${candidate.from}: ${firstLines(error)}`);
    }
  }
  throw new Error(["No browser found for the tests. Tried:", ...refusals,
    "Install Chromium or Chrome (Debian: apt-get install chromium), or name one: BROWSER_PATH=/path/to/chromium npm test"].join("\n"));
}

async function tryToLaunch(candidate: Candidate): Promise<LaunchOptions> {
  const { executablePath, env } = await candidate.locate();
  const options: LaunchOptions = { executablePath, headless: true, args: [...ARGS], timeout: LAUNCH_TIMEOUT_MS };
  if (env !== undefined) options.env = { ...definedEnv(), ...env };
  const browser = await chromium.launch(options);
  try {
    const page = await browser.newPage();
    const answer = await page.evaluate(() => 6 * 7);
    if (answer !== 42) throw new Error("started, but runs no script");
  } finally {
    await browser.close();
  }
  return options;
}

function* candidates(): Generator<Candidate> {
  const named = process.env["BROWSER_PATH"];
  if (named !== undefined && named !== "") yield { from: "$BROWSER_PATH", locate: async () => existing(named) };
  for (const path of installedPaths()) yield { from: path, locate: async () => existing(path) };
  yield { from: "@sparticuz/chromium", locate: unpackFromPackage, discard: () => rmSync(UNPACKED, { recursive: true, force: true }) };
  yield { from: "apt-get install chromium", locate: installWithApt };
}

async function existing(executablePath: string): Promise<{ executablePath: string }> {
  if (!existsSync(executablePath)) throw new Error(`no such file: ${executablePath}`);
  return { executablePath };
}

function installedPaths(): string[] {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = (process.env["PATH"] ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const programFiles = [process.env["PROGRAMFILES"], process.env["PROGRAMFILES(X86)"], process.env["LOCALAPPDATA"]];
  const elsewhere = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ...programFiles.flatMap((folder) => folder === undefined ? [] : [
      join(folder, "Google/Chrome/Application/chrome.exe"), join(folder, "Microsoft/Edge/Application/msedge.exe"),
    ]),
  ];
  return [...new Set([...onPath, ...elsewhere])].filter((path) => existsSync(path));
}

const UNPACKED = join(import.meta.dirname, "../node_modules/.cache/chromium");

/**
 * The npm package carries a Chromium made for a bare Amazon Linux, packed together with the shared
 * libraries that such a machine lacks. It unpacks those only where it believes to be on one, and it
 * trusts whatever lies in the temporary folder: so it gets a folder of its own, and the belief. It
 * also changes the environment of this process, which is put back: only the browser needs it.
 */
async function unpackFromPackage(): Promise<{ executablePath: string; env: Record<string, string> }> {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error(`has no browser for ${process.platform} ${process.arch}`);
  mkdirSync(UNPACKED, { recursive: true });
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: UNPACKED, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" });
  try {
    const packaged = await import("@sparticuz/chromium");
    const executablePath = await packaged.default.executablePath();
    const libraries = [join(UNPACKED, "al2023/lib"), before["LD_LIBRARY_PATH"] ?? ""].filter((path) => path !== "");
    return { executablePath, env: { LD_LIBRARY_PATH: libraries.join(":"), FONTCONFIG_PATH: join(UNPACKED, "fonts") } };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function installWithApt(): Promise<{ executablePath: string }> {
  if (process.platform !== "linux" || !isRoot) throw new Error("needs root on Debian or Ubuntu");
  const options = { stdio: ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  execFileSync("apt-get", ["update"], options);
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], options);
  return existing("/usr/bin/chromium");
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").slice(0, 3).join(" ");
}

/** `tsx scripts/browser.ts` prints what was found: the quickest way to see why a machine has none. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log((await findBrowser()).executablePath);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
