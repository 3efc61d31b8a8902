import { expect, test } from "vitest";
import { SEC } from "../../../sim/sim.ts";
import type { NftElem, NftMsg } from "../../uapi/nft.ts";
import { COUNT, DROP, NftTestbed, base, chain, counter, del, delElems, delRule, elems, jump, key, lookup, rule, set, table, vmap } from "../../../testing/nft-testbed.ts";

function withSet(...messages: readonly NftMsg[]): NftTestbed {
  const box = new NftTestbed();
  const { errors } = box.batch(table(), chain("c"), ...messages);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return box;
}

const one = (n: number, more: Partial<NftElem> = {}): NftElem => ({ key: key(n), ...more });
const range = (from: number, to: number): readonly NftElem[] => [one(from), one(to, { intervalEnd: true })];
const dump = (box: NftTestbed, name = "s"): readonly NftElem[] => box.get({ op: "elem.dump", family: "ip", table: "t", set: name }).elems;
const numbers = (box: NftTestbed, name = "s"): readonly string[] =>
  dump(box, name).map((e) => `${e.catchall === true ? "*" : e.key!.reduce((n, b) => n * 256 + b, 0)}${e.intervalEnd === true ? ")" : ""}`);
const lookedUp = (box: NftTestbed, n: number, name = "s"): boolean =>
  [...box.ns.nf.nft.tables.values()][0]!.sets.get(name)!.lookup(key(n), 0, box.sim.nowNs) !== null;

test("an element is found, deleted, missing", () => {
  const box = withSet(set("s"), elems("s", [one(1), one(2)]));
  expect([1, 2, 3].map((n) => lookedUp(box, n))).toEqual([true, true, false]);
  expect(box.try(delElems("s", [one(1)]))).toBe("ok");
  expect(box.try(delElems("s", [one(2), one(1)]))).toBe("0 ENOENT elem[1]");
  expect(numbers(box)).toEqual(["2"]);
});

test("adding what is there changes nothing, creating it is EEXIST at the element", () => {
  const box = withSet(set("s"), elems("s", [one(1)]));
  const before = box.get({ op: "gen.get" }).genid;
  expect(box.try(elems("s", [one(1)]))).toBe("ok");
  expect(box.get({ op: "gen.get" }).genid).toBe(before);
  expect(box.try(elems("s", [one(2), one(1)], { nlm: { create: true, excl: true } }))).toBe("0 EEXIST elem[1]");
});

test("a full set is ENFILE at the element too many; an interval counts once", () => {
  const box = withSet(set("s", {}, { size: 2 }), set("i", { interval: true }, { size: 2 }));
  expect(box.try(elems("s", [one(1), one(2), one(3)]))).toBe("0 ENFILE elem[2]");
  expect(box.try(elems("i", [one(0, { intervalEnd: true }), ...range(1, 5), ...range(7, 9)]))).toBe("ok");
  expect(box.try(elems("i", range(20, 25)))).toBe("0 ENFILE elem[0]");
});

test("what is in the set must not be changed by a second definition, but its size may", () => {
  const box = withSet(set("s"));
  expect(box.try(set("s", {}, { keyLen: 2 }))).toBe("0 EEXIST name");
  expect(box.try(set("s", { interval: true }))).toBe("0 EEXIST name");
  expect(box.try(set("s", {}, { size: 4 }))).toBe("ok");
  expect(box.get({ op: "set.dump" }).sets[0]?.size).toBe(4);
});

test("intervals: bounds decide; overlaps are EEXIST", () => {
  const box = withSet(set("s", { interval: true }), elems("s", [...range(10, 20), ...range(20, 21), one(100)]));
  expect([9, 10, 19, 20, 21, 99, 100, 5000].map((n) => lookedUp(box, n))).toEqual([false, true, true, true, false, false, true, true]);
  expect(box.try(elems("s", range(10, 20)))).toBe("ok");
  expect(box.try(elems("s", range(12, 15)))).toBe("0 EEXIST elem[0]");
  expect(box.try(elems("s", range(10, 15)))).toBe("0 EEXIST elem[1]");
  expect(box.try(elems("s", range(5, 25)))).toBe("0 EEXIST elem[1]");
  expect(box.try(elems("s", range(5, 10)))).toBe("ok");
  expect(numbers(box)).toEqual(["100", "21)", "20", "20)", "10", "10)", "5"]);
});

test("concatenations with ranges: each field within its bounds", () => {
  const lens = { keyLen: 8, fieldLens: [4, 2] };
  const pair = (a: number, b: number): Uint8Array => Uint8Array.of(...key(a), b >> 8, b & 255, 0, 0);
  const box = withSet(set("s", { interval: true, concat: true }, lens), elems("s", [{ key: pair(10, 80), keyEnd: pair(20, 90) }, { key: pair(30, 80), keyEnd: pair(30, 80) }]));
  const found = (a: number, b: number): boolean => [...box.ns.nf.nft.tables.values()][0]!.sets.get("s")!.lookup(pair(a, b), 0, 0) !== null;
  expect([found(10, 80), found(15, 85), found(20, 91), found(30, 80), found(30, 81)]).toEqual([true, true, false, true, false]);
  expect(box.try(elems("s", [{ key: pair(15, 85), keyEnd: pair(16, 85) }]))).toBe("0 EEXIST elem[0]");
  expect(box.try(elems("s", [{ key: pair(10, 80), keyEnd: pair(20, 90) }]))).toBe("ok");
  expect(box.try(elems("s", [{ key: pair(60, 80), keyEnd: pair(50, 90) }]))).toBe("0 EINVAL elem[0]");
});

test("10,000 concatenations with ranges go in and are found", () => {
  const box = withSet(set("s", { interval: true, concat: true }, { keyLen: 8, fieldLens: [4, 2] }));
  const at = (n: number, port: number): Uint8Array => Uint8Array.of(...key(n * 16), 0, port, 0, 0);
  const many = Array.from({ length: 10_000 }, (_, n) => ({ key: at(n, 1), keyEnd: Uint8Array.of(...key(n * 16 + 9), 0, 9, 0, 0) }));
  expect(box.try(elems("s", many))).toBe("ok");
  const s = [...box.ns.nf.nft.tables.values()][0]!.sets.get("s")!;
  expect(many.every((e) => s.lookup(e.key, 0, 0)?.key === e.key)).toBe(true);
  expect(s.lookup(at(3, 10), 0, 0)).toBeNull();
});

test("the catch-all element answers for every key without one of its own", () => {
  const box = withSet(vmap("s"), elems("s", [one(1, { data: { code: "accept" } }), { catchall: true, data: { code: "drop" } }]));
  const s = [...box.ns.nf.nft.tables.values()][0]!.sets.get("s")!;
  expect([s.lookup(key(1), 0, 0)?.data, s.lookup(key(9), 0, 0)?.data]).toEqual([{ code: "accept" }, { code: "drop" }]);
  expect(box.try(delElems("s", [{ catchall: true }]))).toBe("ok");
  expect(s.lookup(key(9), 0, 0)).toBeNull();
});

test("a map element leads somewhere else: EEXIST, however it was asked", () => {
  const box = withSet(vmap("s"), elems("s", [one(1, { data: { code: "jump", chain: "c" } })]));
  expect(box.try(elems("s", [one(1, { data: { code: "jump", chain: "c" } })]))).toBe("ok");
  expect(box.try(elems("s", [one(1, { data: { code: "drop" } })]))).toBe("0 EEXIST elem[0]");
  expect(box.try(elems("s", [one(2, { data: { code: "jump", chain: "nope" } })]))).toBe("0 ENOENT elem[0]");
});

test("a chain that a verdict map leads to is busy until the map goes", () => {
  const box = withSet(vmap("s"), elems("s", [one(1, { data: { code: "jump", chain: "c" } })]));
  expect(box.try(del("chain", "c"))).toBe("0 EBUSY name");
  expect(box.try(del("set", "s"), del("chain", "c"), del("chain", "nope"))).toBe("2 ENOENT name");
  expect(box.try(del("chain", "c"))).toBe("0 EBUSY name");
  expect(box.try(del("set", "s"), del("chain", "c"))).toBe("ok");
});

test("a verdict map can close a circle: EMLINK when a base chain leads in", () => {
  const box = withSet(vmap("s"), base("b", "input"), rule("b", [jump("c")]), rule("c", [lookup("s", { dreg: "verdict" })]));
  expect(box.try(elems("s", [one(1, { data: { code: "jump", chain: "c" } })]))).toBe("0 EMLINK -");
  expect(numbers(box)).toEqual([]);
});

test("anonymous sets take the smallest free number and go with their rule", () => {
  const anon = (id: number): readonly NftMsg[] => [
    set("__set%d", { anonymous: true, constant: true }, { id }), elems("__set%d", [one(id)], { setId: id }), rule("c", [lookup("__set%d", { setId: id }), DROP]),
  ];
  const box = withSet(...anon(1), ...anon(2));
  const names = (): readonly string[] => box.get({ op: "set.dump" }).sets.map((s) => s.name);
  expect(names()).toEqual(["__set0", "__set1"]);
  expect(box.try(elems("__set0", [one(9)]))).toBe("0 EBUSY -");
  box.batch(delRule("c", 3));
  expect(names()).toEqual(["__set1"]);
  box.batch(...anon(3));
  expect(names()).toEqual(["__set1", "__set0"]);
});

test("a set that a rule uses is busy", () => {
  const box = withSet(set("s"), rule("c", [lookup("s"), DROP]));
  expect(box.try(del("set", "s"))).toBe("0 EBUSY name");
  expect(box.try(delRule("c"), del("set", "s"))).toBe("ok");
});

test("an object map holds on to its counters", () => {
  const box = withSet(counter("n"), set("s", { object: true }, { objType: "counter" }));
  expect(box.try(elems("s", [one(1, { objref: "nope" })]))).toBe("0 ENOENT elem[0]");
  expect(box.try(elems("s", [one(1, { objref: "n" })]))).toBe("ok");
  expect(box.try({ op: "obj.del", family: "ip", table: "t", type: "counter", name: "n" })).toBe("0 EBUSY name");
  box.batch(delElems("s"));
  expect(box.try({ op: "obj.del", family: "ip", table: "t", type: "counter", name: "n" })).toBe("ok");
});

test("elements live as long as their own timeout, or the set's; another timeout winds it up again", () => {
  const box = withSet(set("s", { timeout: true }, { timeoutMs: 1000 }), elems("s", [one(1), one(2, { timeoutMs: 10_000 })]));
  expect(dump(box)).toEqual([{ key: key(1), expiresMs: 1000 }, { key: key(2), timeoutMs: 10_000, expiresMs: 10_000 }]);
  box.sim.runUntil(1.5 * SEC);
  expect(dump(box)).toEqual([{ key: key(2), timeoutMs: 10_000, expiresMs: 8500 }]);
  expect([1, 2].map((n) => lookedUp(box, n))).toEqual([false, true]);
  box.batch(elems("s", [one(2, { timeoutMs: 10_000 })]));
  expect(dump(box)).toEqual([{ key: key(2), timeoutMs: 10_000, expiresMs: 8500 }]);
  box.batch(elems("s", [one(2, { timeoutMs: 20_000 })]));
  expect(dump(box)).toEqual([{ key: key(2), timeoutMs: 20_000, expiresMs: 20_000 }]);
  expect(box.try(elems("s", [one(1)], { nlm: { create: true, excl: true } }))).toBe("ok");
});

test("timeouts in a set without: EINVAL", () => {
  const box = withSet(set("s"));
  expect(box.try(elems("s", [one(1, { timeoutMs: 1000 })]))).toBe("0 EINVAL elem[0]");
});

test("rules cannot fill interval sets", () => {
  const box = withSet();
  expect(box.try(set("s", { interval: true, eval: true }))).toBe("0 EOPNOTSUPP -");
  expect(box.try(set("s", { constant: true, timeout: true }))).toBe("0 EOPNOTSUPP -");
});

test("each element counts for itself when the set says so", () => {
  const box = withSet(set("s", {}, { exprs: [COUNT] }), elems("s", [one(1, { exprs: [{ op: "counter", packets: 5, bytes: 6 }] }), one(2)]));
  expect(dump(box).map((e) => e.exprs)).toEqual([[{ op: "counter", packets: 5, bytes: 6 }], [COUNT]]);
  expect(box.try(elems("s", [one(3, { exprs: [{ op: "last", usedMs: null }] })]))).toBe("0 EOPNOTSUPP elem[0]");
});

test("get: the element itself, or the interval around a key", () => {
  const box = withSet(set("s", { interval: true }), elems("s", [...range(10, 20), ...range(50, 51)]));
  const get = (list: readonly NftElem[]): readonly NftElem[] => box.get({ op: "elem.get", family: "ip", table: "t", set: "s", elems: list }).elems;
  expect(get([one(15), one(16, { intervalEnd: true })])).toEqual(range(10, 20));
  expect(() => get([one(25)])).toThrow("ENOENT");
  expect(() => get([one(15), one(31, { intervalEnd: true })])).toThrow("ENOENT");
});

test("10,000 elements: added at once, found, deleted at once", () => {
  const box = withSet(set("s"), set("i", { interval: true }));
  const many = Array.from({ length: 10_000 }, (_, n) => one(n * 3));
  expect(box.try(elems("s", many))).toBe("ok");
  expect(box.try(elems("i", many.flatMap((_, n) => range(n * 3, n * 3 + 1))))).toBe("ok");
  expect([lookedUp(box, 29_997), lookedUp(box, 29_997, "i"), lookedUp(box, 29_998, "i")]).toEqual([true, true, false]);
  expect(box.try(delElems("s"), delElems("i", many.flatMap((_, n) => range(n * 3, n * 3 + 1))))).toBe("ok");
});
