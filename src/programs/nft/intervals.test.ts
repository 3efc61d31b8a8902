import { expect, test } from "vitest";
import { bench, elemsOf, type Bench } from "./eval-testing.ts";

const SETUP = "table ip t { set s { type inet_service; flags interval; }; set m { type inet_service; flags interval; auto-merge; }; }";
/** Ports as the kernel dumps a range: where it begins, one behind its end. */
const range = (from: number, to: number): { key: Uint8Array; intervalEnd?: boolean }[] =>
  [{ key: Uint8Array.of(from >> 8, from & 255) }, { key: Uint8Array.of((to + 1) >> 8, (to + 1) & 255), intervalEnd: true }];

function after(text: string, held: readonly (readonly [number, number])[] = [], set = "s"): Bench {
  const b = bench(SETUP);
  if (held.length > 0) b.holds("t", set, held.flatMap(([from, to]) => range(from, to)));
  expect(b.run(text)).toBe("");
  return b;
}

test("a first element → an end at 0, then begin and end of each range, in order", () => {
  expect(elemsOf(after("add element t s { 256-257, 16 }"))).toEqual(["0000]", "0010", "0011]", "0100", "0102]"]);
});

test("a range up to the last value → no end", () => {
  expect(elemsOf(after("add element t s { 65280-65535 }"))).toEqual(["0000]", "ff00"]);
});

test("a range from 0 → no end before it", () => {
  expect(elemsOf(after("add element t s { 0-15 }"))).toEqual(["0000", "0010]"]);
});

test("auto-merge: neighbours and overlaps → one range", () => {
  expect(elemsOf(after("add element t m { 16, 17, 18-32, 20-40 }"))).toEqual(["0000]", "0010", "0029]"]);
});

test("auto-merge with what the kernel has → that goes, the whole comes", () => {
  const b = after("add element t m { 21-32 }", [[16, 20]], "m");
  expect(elemsOf(b, "elem.del")).toEqual(["0010", "0015]"]);
  expect(elemsOf(b)).toContain("0010");
  expect(elemsOf(b)).toContain("0021]");
});

test("overlap within a command, or with the kernel → refused", () => {
  expect(bench(SETUP).run("add element t s { 16-20, 18-32 }")).toMatch(/^Error: conflicting intervals specified\n/);
  const b = bench(SETUP);
  b.holds("t", "s", range(16, 20));
  expect(b.run("add element t s { 18 }")).toMatch(/^Error: interval overlaps with an existing one\n/);
});

test("the same range again → no overlap", () => {
  const b = bench(SETUP);
  b.holds("t", "s", range(16, 20));
  expect(b.run("add element t s { 16-20 }")).toBe("");
});

test.each(["s", "m"])("a part of a range of %s is deleted → refused, auto-merge or not", (set) => {
  const b = bench(SETUP);
  b.holds("t", set, range(16, 20));
  expect(b.run(`delete element t ${set} { 18 }`)).toMatch(/^Error: element does not exist\n/);
});

test("a whole range is deleted → its begin and end", () => {
  expect(elemsOf(after("delete element t s { 16-20 }", [[16, 20]]), "elem.del")).toEqual(["0010", "0015]"]);
});

test("ranges of names → by their bytes", () => {
  const b = bench("table ip t { chain c { }; }");
  expect(b.run('add rule t c iifname { "eth*", lo }')).toBe("");
  expect(elemsOf(b).map((e) => e.slice(0, 8) + e.slice(32))).toEqual(["00000000]", "65746800", "65746900]", "6c6f0000", "6c6f0000]"]);
});
