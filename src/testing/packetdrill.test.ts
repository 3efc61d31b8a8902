import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventsOfCase, parseCorpus } from "./packetdrill-corpus.ts";
import { playScript } from "./packetdrill-play.ts";
import { parseScript } from "./packetdrill-script.ts";

/*
 * Dialogues in packetdrill's notation. Ours (packetdrill/*.pkt) were played against the real kernel 6.18 with the real
 * packetdrill before they were believed: both kernels must pass the same script. loss-*.pkt are whole transfers over paths
 * that lose, delay and reorder.
 */

const OURS = new URL("packetdrill/", import.meta.url);
const CORPUS = new URL("../../../shared/conformance/packetdrill/packetdrill-corpus.jsonl", import.meta.url);

describe("our dialogues", () => {
  for (const file of readdirSync(OURS).filter((name) => name.endsWith(".pkt"))) {
    const text = readFileSync(new URL(file, OURS), "utf8");
    it(`${file.replace(".pkt", "")}: ${/^\/\/ (.*)/.exec(text)?.[1] ?? ""}`, () => {
      expect(playScript(parseScript(text))).toMatchObject({ pass: true, why: "" });
    });
  }
});

/** How many scripts of the outside corpus pass. May only rise. */
const FLOOR = 14;
/** What the kernel's own runner allows on slow machines; this kernel, whose jiffies are 4 ms, needs it for RACK's timer. */
const SUITE_TOLERANCE_MS = 14;

describe.skipIf(!existsSync(CORPUS))("outside corpus (skipped where the file is not there)", () => {
  const cases = existsSync(CORPUS) ? parseCorpus(readFileSync(CORPUS, "utf8")) : [];

  it("the text of a script reads as the events that come with it", () => {
    for (const one of cases) expect(parseScript(one.text), one.name).toEqual(eventsOfCase(one));
  });

  it(`at least ${FLOOR} of its scripts pass`, () => {
    const failed = cases.flatMap((one) => {
      const outcome = playScript(eventsOfCase(one), { suiteDefaults: true, toleranceMs: SUITE_TOLERANCE_MS });
      return outcome.pass ? [] : [`${one.name}: ${outcome.at}: ${outcome.why}`];
    });
    expect(cases.length - failed.length, failed.join("\n")).toBeGreaterThanOrEqual(FLOOR);
  });
});
