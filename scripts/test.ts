import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `npm test`: every check of the project, one part after the other, and one line of sums at the end.
 * `npm test -- types lint` runs only the named parts.
 */

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Titles of the skipped tests: they say what they lack. */
  readonly skippedTitles?: readonly string[];
}

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reads what the runner counted from its report. Without it the part counts as one test. */
  readonly count?: () => Tally;
}

const root = join(import.meta.dirname, "..");
const reports = mkdtempSync(join(tmpdir(), "knetsim-test-"));
const browserReport = join(reports, "playwright.json");

/** Recordings of the real kernel and its tools, replayed; and where the machine can, made anew. */
const TRANSCRIPTS = "src/testing/**";

function vitest(name: string, options: readonly string[]): Part {
  const report = join(reports, `${name}.json`);
  return {
    name,
    command: ["npx", "vitest", "run", ...options, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    count: () => countVitest(readJson(report)),
  };
}

const PARTS: readonly Part[] = [
  { name: "types", command: ["npm", "run", "-s", "types"] },
  { name: "lint", command: ["npm", "run", "-s", "lint"] },
  { name: "build", command: ["npm", "run", "-s", "build"] },
  { name: "build:headless", command: ["npm", "run", "-s", "build:headless"] },
  vitest("unit", ["--exclude", TRANSCRIPTS]),
  vitest("transcripts", [TRANSCRIPTS.replace("/**", ""), "--passWithNoTests"]),
  {
    name: "browser",
    command: ["npx", "playwright", "test", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: browserReport },
    count: () => countPlaywright(readJson(browserReport)),
  },
];

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
}

interface PlaywrightReport {
  readonly stats: { readonly expected: number; readonly unexpected: number; readonly flaky: number; readonly skipped: number };
  readonly errors: readonly unknown[];
}

/** A test file that could not even be loaded has no tests to fail, so it is counted as one. */
function countVitest(report: VitestReport): Tally {
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const skippedTitles = report.testResults.flatMap((file) => file.assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed").map(({ fullName }) => fullName);
  return {
    passed: report.numPassedTests, failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests, skippedTitles,
  };
}

/** A flaky test failed once: that is a failure. */
function countPlaywright({ stats, errors }: PlaywrightReport): Tally {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

function run(part: Part): Promise<number> {
  const [program = "", ...args] = part.command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...part.env },
      shell: process.platform === "win32",
    });
    child.on("error", (error) => { console.error(error.message); resolve(127); });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** A runner that failed without a failed test to show for it (no browser, a crash) is one failure, never none. */
function tallyOf(part: Part, exitCode: number): Tally {
  const whole: Tally = exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  if (part.count === undefined) return whole;
  try {
    const counted = part.count();
    return exitCode !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function sentence({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`npm test: no such part: ${unknown.join(", ")}. Parts: ${PARTS.map((part) => part.name).join(", ")}`);
  process.exit(2);
}

let sum: Tally = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const part of PARTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n── ${part.name} ──`);
  const startedMs = performance.now();
  const tally = tallyOf(part, await run(part));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  lines.push(`${part.name.padEnd(15)} ${seconds.padStart(6)} s   ${sentence(tally)}`);
  lines.push(...(tally.skippedTitles ?? []).map((title) => `    skipped: ${title}`));
  sum = { passed: sum.passed + tally.passed, failed: sum.failed + tally.failed, skipped: sum.skipped + tally.skipped };
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n── all ──\n${lines.join("\n")}\n`);
console.log(sentence(sum));
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
