import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../programs/registry.ts";
import { ShellTestbed } from "./testbed.ts";

const CORPUS = new URL("../../../shared/conformance/shell/shell-corpus.jsonl", import.meta.url);
/** Share of the cases that must pass: what was reached, less what the tools of a case may still lack. */
const FLOOR = 0.95;

interface Case {
  readonly suite: string;
  readonly file: string;
  readonly name: string;
  readonly code: string;
  readonly stdout: string;
  readonly merged?: string;
  readonly status: number;
}

function passes(c: Case): boolean {
  try {
    const r = new ShellTestbed(PROGRAMS).run(c.code, { env: { SH: "/bin/bash", TMP: "/tmp" }, maxSteps: 100_000 });
    return c.suite === "oils" ? r.stdout === c.stdout && r.code === c.status : r.stdout + r.stderr === c.merged;
  } catch {
    return false;
  }
}

describe("programs written by others, against what bash 5.2.15 did with them", () => {
  it.skipIf(!existsSync(CORPUS))("at least the floor of the corpus gives the same output and status", () => {
    const cases = readFileSync(CORPUS, "utf8").split("\n").filter((l) => l !== "").map((l) => JSON.parse(l) as Case);
    const failed = cases.filter((c) => !passes(c)).map((c) => `${c.file}: ${c.name}`);
    const share = 1 - failed.length / cases.length;
    console.log(`shell corpus: ${cases.length - failed.length} of ${cases.length} (${(100 * share).toFixed(1)} %)\n  ${failed.join("\n  ")}`);
    expect(share).toBeGreaterThanOrEqual(FLOOR);
  });
});
