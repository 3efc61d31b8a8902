import { expect, test } from "vitest";
import type { NftChange } from "../../uapi/nft.ts";
import type { TraceEvent } from "../../uapi/trace.ts";
import { COUNT, DROP, NftTestbed, base, chain, counter, delElems, delRule, elems, flushRuleset, key, lookup, rule, set, table } from "../../../testing/nft-testbed.ts";

/** What listeners hear and the page sees; orders as `nft monitor` shows them on Linux. */

function short(c: NftChange): string {
  switch (c.what) {
    case "gen": return "gen";
    case "elem": return `${c.is} elem ${c.elem.key?.[3]}${c.elem.intervalEnd === true ? ")" : ""}`;
    case "obj": case "set": case "chain": case "flowtable": case "table": return `${c.is} ${c.what} ${c.row.name}`;
    case "rule": return `${c.is} rule ${c.row.handle}`;
  }
}

test("flush ruleset: rules, sets, objects, chains, then the table", () => {
  const box = new NftTestbed();
  box.batch(table(), counter("n"), chain("c"), base("b", "input"), set("s"), rule("b", [COUNT]), rule("c", [lookup("s"), DROP]));
  expect(box.batch(flushRuleset).echo.map(short)).toEqual([
    "del rule 6", "del rule 5", "del set s", "del obj n", "del chain c", "del chain b", "del table t", "gen",
  ]);
});

test("flush set: from the highest bound down", () => {
  const box = new NftTestbed();
  box.batch(table(), set("s", { interval: true }), elems("s", [{ key: key(1) }, { key: key(3), intervalEnd: true }, { key: key(7) }]));
  expect(box.batch(delElems("s")).echo.map(short)).toEqual(["del elem 7", "del elem 3)", "del elem 1", "gen"]);
});

test("an anonymous set is heard of when its rule goes", () => {
  const box = new NftTestbed();
  box.batch(table(), chain("c"), set("__set%d", { anonymous: true, constant: true }, { id: 1 }), rule("c", [lookup("", { setId: 1 }), DROP]));
  expect(box.batch(delRule("c")).echo.map(short)).toEqual(["del rule 3", "del set __set0", "gen"]);
});

test("the page learns which rows came and went, in one event of the batch's journey", () => {
  const box = new NftTestbed();
  const events: TraceEvent[] = [];
  box.ns.world.trace = { event: (e) => events.push(e) };
  box.ns.world.ruleText = (_, r) => ("ops" in r ? "counter" : null);
  box.batch(table(), base("b", "input"), rule("b", [COUNT]));
  box.batch(base("b", "input", 0, { policy: "drop" }), delRule("b", 2));
  box.batch(delRule("b", 99));
  expect(events.map((e) => [e.kind, e.journey, e.changes.map((c) => [c.before, c.after])])).toEqual([
    ["table", 1, [[null, "table ip t"], [null, "chain ip t b { type filter hook input priority 0; policy accept; }"], [null, "counter # handle 2"]]],
    ["table", 1, [
      ["chain ip t b { type filter hook input priority 0; policy accept; }", "chain ip t b { type filter hook input priority 0; policy drop; }"],
      ["counter # handle 2", null],
    ]],
  ]);
});
