import { expect, test } from "vitest";
import { GOLDEN_RUN, GOLDEN_HASH } from "../testing/golden.ts";
import { PROGRAMS } from "../programs/registry.ts";
import { fingerprint } from "./fingerprint.ts";

test("same scenario, seed and commands: the same trace, twice here and as recorded", () => {
  const first = fingerprint(GOLDEN_RUN, PROGRAMS);
  expect(first.output).toContain("2 packets transmitted, 2 received, 0% packet loss");
  expect(fingerprint(GOLDEN_RUN, PROGRAMS)).toEqual(first);
  expect(first.hash).toBe(GOLDEN_HASH);
});

test("another seed: another trace", () => {
  expect(fingerprint({ ...GOLDEN_RUN, seed: 2, commands: [{ at: "C0w1", command: "ping -c 1 10.0.0.4" }] }, PROGRAMS).hash).not.toBe(GOLDEN_HASH);
});
