import { expect, test } from "vitest";
import { COUNT, DROP, NftTestbed, base, chain, counter, createTable, del, delRule, flushRuleset, jump, rule, table } from "../../../testing/nft-testbed.ts";

const withTable = (): NftTestbed => {
  const box = new NftTestbed();
  box.batch(table());
  return box;
};

test("chains and rules of a table count handles together, tables of the namespace on their own", () => {
  const box = new NftTestbed();
  expect(box.try(table("t"), table("u"), chain("x"), base("y", "input"), rule("x", [COUNT]))).toBe("ok");
  expect(box.get({ op: "table.dump" }).tables.map((t) => t.handle)).toEqual([1, 2]);
  expect(box.get({ op: "chain.dump" }).chains.map((c) => c.handle)).toEqual([1, 2]);
  expect(box.rules("x")).toEqual([3]);
});

test("a batch that fails is undone and does not give its handles back", () => {
  const box = withTable();
  box.batch(chain("x"), rule("x", [COUNT]));
  expect(box.try(rule("x", [COUNT]), rule("nochain", [DROP]))).toBe("1 ENOENT chain");
  box.batch(rule("x", [DROP]));
  expect(box.rules("x")).toEqual([2, 4]);
});

test("errors of several messages come together", () => {
  const box = withTable();
  box.batch(base("b", "input"));
  expect(box.try(delRule("b", 5), delRule("b", 99), { ...table("t"), op: "chain.new", table: "nope", name: "x" } as never)).toBe("0 ENOENT handle, 1 ENOENT handle, 2 ENOENT table");
});

test("create of what exists is EEXIST, add is not", () => {
  const box = withTable();
  expect(box.try(table())).toBe("ok");
  expect(box.try(createTable())).toBe("0 EEXIST name");
});

test("a base chain keeps hook, priority and type; an update changes its policy", () => {
  const box = withTable();
  box.batch(base("b", "input"), chain("c"));
  expect(box.try(base("b", "input", 1))).toBe("0 EOPNOTSUPP -");
  expect(box.try(base("b", "input", 0, { type: "nat" }))).toBe("0 EEXIST name");
  expect(box.try(base("c", "input"))).toBe("0 EEXIST name");
  expect(box.try(base("b", "input", 0, { policy: "drop" }), chain("b"))).toBe("ok");
  expect(box.get({ op: "chain.dump" }).chains[0]?.policy).toBe("drop");
});

test("chain types: nat needs flows, route only output, arp has no nat", () => {
  const box = withTable();
  box.batch(table("a", "arp"));
  expect(box.try(base("n", "prerouting", -200, { type: "nat" }))).toBe("0 EOPNOTSUPP -");
  expect(box.try(base("n", "prerouting", -199, { type: "nat" }))).toBe("ok");
  expect(box.try(base("r", "input", 0, { type: "route" }))).toBe("0 EOPNOTSUPP -");
  expect(box.try(base("x", "input", 0, { type: "nat", family: "arp", table: "a" }))).toBe("0 ENOENT type");
  expect(box.try(base("f", "forward", 0, { family: "arp", table: "a" }))).toBe("0 EOPNOTSUPP -");
});

test("a jump to a base chain is refused at the instruction, a chain with jumps to it is busy", () => {
  const box = withTable();
  box.batch(chain("x"), base("y", "input"), rule("x", [COUNT]));
  expect(box.try(rule("x", [COUNT, jump("y")]))).toBe("0 EOPNOTSUPP expr[1]");
  expect(box.try(rule("x", [jump("nope")]))).toBe("0 ENOENT expr[0]");
  box.batch(rule("y", [jump("x")]));
  expect(box.try(del("chain", "x"))).toBe("0 EBUSY name");
  expect(box.try(delRule("y"), del("chain", "x"))).toBe("ok");
});

test("a circle of chains is EMLINK once a base chain leads into it; the second attempt takes handles too", () => {
  const box = withTable();
  expect(box.try(chain("x"), base("y", "input"), chain("z"), rule("z", [jump("x")]), rule("x", [jump("z")]))).toBe("ok");
  expect(box.try(rule("y", [jump("x")]), rule("y", [COUNT]))).toBe("0 EMLINK -, 1 EMLINK -");
  box.batch(rule("y", [COUNT]));
  expect(box.rules("y")).toEqual([10]);
});

test("16 chains deep is fine, 17 is not", () => {
  const box = withTable();
  const names = Array.from({ length: 16 }, (_, i) => `c${i}`);
  const deep = [...names.map((n) => chain(n)), ...names.slice(1).map((n, i) => rule(`c${i}`, [jump(n)]))];
  expect(box.try(...deep, base("b", "input"), rule("b", [jump("c1")]))).toBe("ok");
  expect(box.try(rule("b", [jump("c0")]))).toBe("0 EMLINK -");
});

test("rules go before, behind and in place of others", () => {
  const box = withTable();
  box.batch(chain("x"), rule("x", [COUNT]), rule("x", [COUNT], { how: "insert" }));
  expect(box.rules("x")).toEqual([3, 2]);
  box.batch(rule("x", [DROP], { position: 3 }), rule("x", [DROP], { position: 2, how: "insert" }));
  expect(box.rules("x")).toEqual([3, 4, 5, 2]);
  box.batch(rule("x", [DROP], { handle: 4, how: "replace" }));
  expect(box.rules("x")).toEqual([3, 4, 5, 2]);
  expect(box.try(rule("x", [DROP], { position: 99 }))).toBe("0 ENOENT position");
  expect(box.try(rule("x", [DROP], { handle: 99, how: "replace" }))).toBe("0 ENOENT handle");
});

test("a new rule may stand next to one of the same batch", () => {
  const box = withTable();
  box.batch(chain("x"), rule("x", [COUNT], { ruleId: 1 }), rule("x", [COUNT]), rule("x", [DROP], { positionId: 1 }));
  expect(box.rules("x")).toEqual([2, 4, 3]);
});

test("deleting a chain takes its rules along, unless asked not to", () => {
  const box = withTable();
  box.batch(chain("x"), rule("x", [COUNT]));
  expect(box.try({ op: "chain.del", family: "ip", table: "t", name: "x", nonrec: true })).toBe("0 EBUSY -");
  expect(box.try(del("chain", "x"))).toBe("ok");
});

test("rename: EEXIST for a name that is taken, the rules stay", () => {
  const box = withTable();
  box.batch(chain("x"), chain("y"), rule("x", [COUNT]));
  expect(box.try(chain("y", { handle: 1 }))).toBe("0 EEXIST -");
  expect(box.try(chain("z", { handle: 1 }))).toBe("ok");
  expect(box.rules("z")).toEqual([3]);
});

test("a new name is there when the batch is through, not before", () => {
  const box = withTable();
  box.batch(chain("x"), chain("y"));
  expect(box.try(chain("z", { handle: 1 }), rule("z", [DROP]))).toBe("1 ENOENT chain");
  expect(box.try(chain("z", { handle: 1 }), chain("z", { handle: 2 }))).toBe("1 EEXIST -");
  const { echo } = box.batch(chain("z", { handle: 1 }), rule("x", [DROP]));
  expect(echo.map((c) => (c.what === "chain" ? c.row.name : c.what))).toEqual(["z", "rule", "gen"]);
  expect(box.rules("z")).toEqual([3]);
});

test("a chain of one rule comes and goes with it", () => {
  const box = withTable();
  box.batch(base("b", "input"), { op: "chain.new", nlm: { create: true, excl: false }, family: "ip", table: "t", chainId: 1, binding: true },
    rule("", [DROP], { chainId: 1 }), rule("b", [{ op: "verdict", verdict: { code: "jump", chain: "", chainId: 1 } }]));
  expect(box.get({ op: "chain.dump" }).chains.map((c) => c.name)).toEqual(["b", "__chain1"]);
  box.batch(delRule("b"));
  expect(box.get({ op: "chain.dump" }).chains.map((c) => c.name)).toEqual(["b"]);
});

test("a counter in use is busy; one with the same name and another type is another object", () => {
  const box = withTable();
  box.batch(counter("c"), chain("x"));
  expect(box.try(counter("c"))).toBe("ok");
  expect(box.try({ op: "obj.del", family: "ip", table: "t", type: "quota", name: "c" })).toBe("0 ENOENT name");
  expect(box.try({ op: "obj.del", family: "ip", table: "t", type: "counter", name: "c" })).toBe("ok");
});

test("flush ruleset empties everything; a new table of the same batch stays", () => {
  const box = withTable();
  box.batch(base("b", "input"), chain("x"), rule("b", [jump("x")]));
  expect(box.try(flushRuleset, table("t"), chain("q"))).toBe("ok");
  expect(box.get({ op: "chain.dump" }).chains.map((c) => `${c.name} ${c.handle}`)).toEqual(["q 1"]);
  expect(box.ns.hooks.at("ip", "input")).toHaveLength(0);
});

test("hooks: on them with the chain, off while the table is dormant, off again when a batch fails", () => {
  const box = withTable();
  const hooked = (): number => box.ns.hooks.at("ip", "input").length;
  expect(box.try(base("b", "input"), del("chain", "nope"))).not.toBe("ok");
  expect(hooked()).toBe(0);
  box.batch(base("b", "input"));
  expect(hooked()).toBe(1);
  box.batch(table("t", "ip", true));
  expect(hooked()).toBe(0);
  expect(box.try(table(), del("chain", "nope"))).not.toBe("ok");
  expect(hooked()).toBe(0);
  box.batch(table());
  expect(hooked()).toBe(1);
});

test("of two chains at one priority the newer one runs first", () => {
  const box = withTable();
  box.batch(base("a", "input"), base("b", "input"));
  expect(box.ns.hooks.at("ip", "input").map((h) => h.name)).toEqual(["ip t b", "ip t a"]);
});

test("a batch without effect makes no generation and no noise", () => {
  const box = withTable();
  const heard: string[] = [];
  box.ns.nf.nft.listeners.add((change) => heard.push(change.what));
  const before = box.get({ op: "gen.get" }).genid;
  box.batch(table());
  expect(box.get({ op: "gen.get" }).genid).toBe(before);
  box.batch(chain("x"), rule("x", [COUNT]));
  expect(heard).toEqual(["chain", "rule", "gen"]);
  expect(box.get({ op: "gen.get" }).genid).toBe(before + 1);
});

test("what listeners hear of a rule: its place among others, replaced ones first", () => {
  const box = withTable();
  box.batch(chain("x"), rule("x", [COUNT]), rule("x", [COUNT]));
  const { echo } = box.batch(rule("x", [DROP], { position: 2 }), rule("x", [DROP], { handle: 3, how: "replace" }));
  const shown = echo.map((c) => (c.what === "rule" ? `${c.is} ${c.row.handle} after ${c.after}` : c.what));
  expect(shown).toEqual(["new 4 after 2", "del 3 after 0", "new 3 after 0", "gen"]);
});

test("a table cannot fall asleep in a batch that updates its chains, or deletes a base chain", () => {
  const box = withTable();
  box.batch(base("b", "input"), chain("c"));
  const asleep = table("t", "ip", true);
  expect(box.try(chain("c"), asleep)).toBe("1 EINVAL -");
  expect(box.try(del("chain", "b"), asleep)).toBe("1 EINVAL -");
  expect(box.try(asleep, base("d", "input"))).toBe("1 EINVAL -");
  expect(box.try(asleep, table())).toBe("1 EINVAL -");
  expect(box.try(del("chain", "c"), asleep)).toBe("ok");
});
