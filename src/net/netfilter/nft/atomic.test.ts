import fc from "fast-check";
import { expect, test } from "vitest";
import type { NftMsg } from "../../uapi/nft.ts";
import {
  COUNT, DROP, NftTestbed, base, chain, counter, createTable, del, delElems, delRule, elems, flushRuleset, jump, key, lookup, rule, set, table, vmap,
} from "../../../testing/nft-testbed.ts";

/** Any batch either happens or leaves everything as it was: rows, order, use counts, hooks. */

const name = fc.constantFrom("a", "b", "c");
const setName = fc.constantFrom("s", "i", "v", "z");
const number = fc.integer({ min: 0, max: 12 });
const handle = fc.integer({ min: 1, max: 20 });

const message: fc.Arbitrary<NftMsg> = fc.oneof(
  fc.boolean().map((dormant) => table("t", "ip", dormant)),
  fc.constantFrom(createTable(), flushRuleset, counter("n"), table("u")),
  name.map((n) => chain(n)),
  fc.tuple(name, fc.constantFrom("input", "output" as const), fc.constantFrom("accept", "drop" as const)).map(([n, hook, policy]) => base(n, hook as "input", 0, { policy })),
  fc.tuple(name, handle).map(([n, h]) => chain(n, { handle: h })),
  name.map((n) => del("chain", n)),
  fc.tuple(name, name).map(([n, to]) => rule(n, [COUNT, jump(to)])),
  fc.tuple(name, setName).map(([n, s]) => rule(n, [lookup(s, s === "v" ? { dreg: "verdict" } : {}), DROP])),
  fc.tuple(name, handle).map(([n, h]) => rule(n, [COUNT], { handle: h, how: "replace" })),
  fc.tuple(name, handle).map(([n, h]) => rule(n, [COUNT], { position: h, how: "insert" })),
  fc.tuple(name, fc.option(handle, { nil: undefined })).map(([n, h]) => delRule(n, h)),
  fc.constantFrom(set("s", {}, { size: 4 }), set("i", { interval: true }), vmap("v")),
  setName.map((s) => del("set", s)),
  fc.tuple(fc.constantFrom("s", "i"), number, number).map(([s, from, len]) =>
    elems(s, s === "s" ? [{ key: key(from) }] : [{ key: key(from) }, { key: key(from + 1 + len), intervalEnd: true }])),
  fc.tuple(number, name).map(([n, to]) => elems("v", [{ key: key(n), data: { code: "jump", chain: to } }])),
  fc.tuple(fc.constantFrom("s", "v"), number).map(([s, n]) => delElems(s, [{ key: key(n) }])),
  setName.map((s) => delElems(s)),
);

const hooksOf = (box: NftTestbed): readonly string[] => (["input", "output"] as const).flatMap((p) => box.ns.hooks.at("ip", p).map((h) => `${p} ${h.name}`));

test("a batch that fails changes nothing", () => {
  fc.assert(fc.property(fc.array(fc.array(message, { minLength: 1, maxLength: 6 }), { maxLength: 12 }), (batches) => {
    const box = new NftTestbed();
    box.batch(table(), chain("a"), base("b", "input"), set("s", {}, { size: 4 }), set("i", { interval: true }), vmap("v"), rule("a", [COUNT]));
    for (const batch of batches) {
      const before = box.state();
      const hooks = hooksOf(box);
      if (box.batch(...batch).errors.length === 0) continue;
      expect(box.state()).toEqual(before);
      expect(hooksOf(box)).toEqual(hooks);
    }
  }), { numRuns: 300 });
});

test("use counts are what rules and elements say", () => {
  fc.assert(fc.property(fc.array(fc.array(message, { minLength: 1, maxLength: 6 }), { maxLength: 12 }), (batches) => {
    const box = new NftTestbed();
    box.batch(table(), chain("a"), chain("c"), vmap("v"));
    for (const batch of batches) box.batch(...batch);
    for (const t of box.ns.nf.nft.tables.values()) {
      for (const c of t.chains.values()) {
        const jumps = [...t.chains.values()].flatMap((o) => o.rules.flatMap((r) => r.ops)).filter((op) => op.op === "verdict" && (op.jumps?.() ?? []).includes(c)).length;
        const led = [...t.sets.values()].flatMap((s) => [...(s.elems?.() ?? [])]).filter((e) => e.data !== null && "chain" in e.data && e.data.chain === c).length;
        expect(c.use, `${c.name}`).toBe(c.rules.length + jumps + led);
      }
    }
  }), { numRuns: 200 });
});
