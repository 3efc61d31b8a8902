import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstDifference, normalise } from "./normalise.ts";
import { RealMachine, lacking, whyNotReal } from "./real-kernel.ts";
import { describeMismatch, replay, SimMachine } from "./replay.ts";
import { SCRIPTS } from "./scripts.ts";
import { formatTranscript, parseTranscript } from "./transcript.ts";

const DIR = join(import.meta.dirname, "transcripts");
const NAMES = readdirSync(DIR).filter((f) => f.endsWith(".txt")).map((f) => f.replace(/\.txt$/, ""));
const load = (name: string) => parseTranscript(readFileSync(join(DIR, `${name}.txt`), "utf8"));

describe("transcript files", () => {
  it("each is the recording of the script of its name, command for command", () => {
    expect(NAMES.sort()).toEqual(SCRIPTS.map((s) => s.name).sort());
    for (const script of SCRIPTS) expect(load(script.name).steps.map((s) => [s.where, s.command])).toEqual(script.steps.map((s) => [...s]));
  });

  it("written and read back → the same", () => {
    const t = load("netns");
    expect(parseTranscript(formatTranscript(t))).toEqual(t);
  });
});

describe("normalising", () => {
  it("equal MACs stay equal, different ones stay different", () => {
    expect(normalise("aa:bb:cc:00:00:01 > aa:bb:cc:00:00:02 > aa:bb:cc:00:00:01\n")).toBe("MAC1 > MAC2 > MAC1\n");
  });

  it("masks times but not sequence numbers, ttl or sizes", () => {
    expect(normalise("64 bytes from 10.0.0.1: icmp_seq=3 ttl=62 time=0.152 ms\n")).toBe("64 bytes from 10.0.0.1: icmp_seq=3 ttl=62 time=T ms\n");
  });

  it("a lost line is a difference, and is shown", () => {
    const base = { stderr: "", exit: 0 };
    expect(firstDifference({ ...base, stdout: "a\nb\n" }, { ...base, stdout: "a\n" })).toContain("stdout line 2");
  });

  it("another exit status is a difference", () => {
    expect(firstDifference({ stdout: "", stderr: "", exit: 0 }, { stdout: "", stderr: "", exit: 1 })).toContain("exit");
  });
});

describe("the simulator says what Linux said", () => {
  it.each(NAMES)("%s", async (name) => {
    const machine = await SimMachine.create();
    const mismatches = await replay(load(name), machine);
    await machine.dispose();
    expect(mismatches.map(describeMismatch)).toEqual([]);
  });
});

const whyNot = whyNotReal();
const LACKING = new Map(NAMES.map((name) => [name, whyNot ?? lacking(load(name).steps.map((s) => s.command))]));

/** Real seconds pass here: the scripts run side by side. A busy machine can miss a timing, so each has a second chance. */
describe.skipIf(whyNot !== null)(`this machine's own kernel says what was recorded${whyNot === null ? "" : ` (skipped: ${whyNot})`}`, () => {
  it.skip.each(NAMES.filter((name) => LACKING.get(name) !== null).map((name) => [name, LACKING.get(name)]))("%s: %s", () => undefined);

  it.concurrent.each(NAMES.filter((name) => LACKING.get(name) === null))("%s", { timeout: 120_000, retry: 1 }, async (name) => {
    const machine = await RealMachine.create();
    const mismatches = await replay(load(name), machine);
    await machine.dispose();
    expect(mismatches.map(describeMismatch)).toEqual([]);
  });
});
