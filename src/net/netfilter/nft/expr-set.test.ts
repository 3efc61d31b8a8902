import { expect, test } from "vitest";
import { NetTestbed } from "../../../testing/net-testbed.ts";
import { COUNT, NftTestbed, base, chain, elems, key, rule, set, table, verdict } from "../../../testing/nft-testbed.ts";
import type { Netns } from "../../core/netns.ts";
import type { NftDump, NftGet, NftMsg } from "../../uapi/nft.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { nftBatch, nftGet } from "./netlink.ts";

/* Sets and the packet path, with real packets: a pings b. */

const DADDR: NftExpr = { op: "payload", base: "nh", offset: 16, len: 4, dreg: 4 };
const dynset = (more: Partial<Extract<NftExpr, { op: "dynset" }>> = {}): NftExpr => ({ op: "dynset", cmd: "add", set: "s", sreg: 4, exprs: [], invert: false, ...more });

function lab(...messages: readonly NftMsg[]): { readonly net: NetTestbed; readonly a: Netns } {
  const net = new NetTestbed();
  net.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  net.addAddress(net.host("b").device("eth0")!, "10.0.0.3/24");
  const a = net.host("a");
  const { errors } = nftBatch(a, [table(), ...messages], false, { pid: 1, comm: "nft", journey: 0 });
  expect(errors).toEqual([]);
  return { net, a };
}

function get(ns: Netns, request: NftGet): NftDump {
  const reply = nftGet(ns, request);
  if (reply.error !== null) throw new Error(reply.error);
  return reply.dump;
}
const elemsOf = (ns: Netns, name = "s"): NftDump["elems"] => get(ns, { op: "elem.dump", family: "ip", table: "t", set: name }).elems;
const keysOf = (ns: Netns): readonly string[] => elemsOf(ns).map((e) => e.key!.join("."));
const counters = (ns: Netns): readonly number[] =>
  get(ns, { op: "rule.dump" }).rules.flatMap((r) => r.exprs.flatMap((e) => (e.op === "counter" ? [e.packets] : [])));

test("add @s { ip daddr counter }: an element a destination, each with a counter of its own", () => {
  const { net, a } = lab(set("s", { eval: true }, { size: 10 }), base("c", "output"), rule("c", [DADDR, dynset({ exprs: [COUNT] }), COUNT]));
  for (const to of ["10.0.0.2", "10.0.0.2", "10.0.0.3"]) net.ping("a", to);
  net.pass(0.1);
  expect(elemsOf(a).map((e) => [e.key!.join("."), e.exprs])).toEqual([["10.0.0.2", [{ op: "counter", packets: 2, bytes: 168 }]], ["10.0.0.3", [{ op: "counter", packets: 1, bytes: 84 }]]]);
  expect(counters(a)).toEqual([3]);
});

test("a full set does not match; with ! it matches only then", () => {
  const { net, a } = lab(set("s", { eval: true }, { size: 1 }), base("c", "output"), rule("c", [DADDR, dynset(), COUNT]), rule("c", [DADDR, dynset({ invert: true }), COUNT]));
  for (const to of ["10.0.0.2", "10.0.0.3", "10.0.0.2"]) net.ping("a", to);
  net.pass(0.1);
  expect(keysOf(a)).toEqual(["10.0.0.2"]);
  expect(counters(a)).toEqual([2, 1]);
});

test("add leaves a timeout running, update starts it anew, delete takes the element away", () => {
  const second = (cmd: "add" | "update" | "delete"): number => {
    const { net, a } = lab(set("s", { timeout: true, eval: true }, { timeoutMs: 10_000, size: 10 }), base("c", "output"), rule("c", [DADDR, dynset({ cmd: "add" })]), rule("c", [DADDR, dynset({ cmd })]));
    net.ping("a", "10.0.0.2");
    net.pass(6);
    net.ping("a", "10.0.0.2");
    return elemsOf(a)[0]?.expiresMs ?? -1;
  };
  expect(second("add")).toBeLessThanOrEqual(4000);
  expect(second("update")).toBeGreaterThan(9900);
  expect(second("delete")).toBe(-1);
});

test("add @m { ip daddr : mark } fills a map that a later rule looks up", () => {
  const map = set("s", { map: true, eval: true }, { dataType: 19, dataLen: 4, size: 10 });
  const mark: NftExpr = { op: "immediate", dreg: 8, data: Uint8Array.of(0x2a, 0, 0, 0) };
  const { net, a } = lab(map, base("c", "output"), rule("c", [DADDR, mark, dynset({ sregData: 8 })]),
    rule("c", [DADDR, { op: "lookup", set: "s", sreg: 4, dreg: 5, invert: false }, { op: "cmp", cmp: "eq", sreg: 5, data: Uint8Array.of(0x2a, 0, 0, 0) }, COUNT]));
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(elemsOf(a).map((e) => [...(e.data as Uint8Array)])).toEqual([[0x2a, 0, 0, 0]]);
  expect(counters(a)).toEqual([1]);
});

test("a verdict map sends each address to its chain, the rest goes on", () => {
  const vmap = set("s", { map: true }, { dataType: "verdict" });
  const { net, a } = lab(vmap, base("c", "output"), chain("two"), rule("two", [COUNT]), elems("s", [{ key: key(0x0a000002), data: { code: "jump", chain: "two" } }]),
    rule("c", [DADDR, { op: "lookup", set: "s", sreg: 4, dreg: "verdict", invert: false }]), rule("c", [COUNT]));
  net.ping("a", "10.0.0.2");
  net.ping("a", "10.0.0.3");
  net.pass(0.1);
  expect([...counters(a)].sort()).toEqual([1, 2]);
});

// As Linux 6.18 answers: rehashing tables only; timeouts need the flag; statements need `flags dynamic`.
test.each<[string, NftMsg, NftExpr, string]>([
  ["a plain set", set("s"), dynset(), "ok"],
  ["a plain set with a size", set("s", {}, { size: 10 }), dynset(), "2 EOPNOTSUPP expr[1]"],
  ["a plain set, update", set("s"), dynset({ cmd: "update" }), "ok"],
  ["an interval set", set("s", { interval: true }), dynset(), "2 EOPNOTSUPP expr[1]"],
  ["a plain set, with a timeout", set("s"), dynset({ timeoutMs: 5000 }), "2 EOPNOTSUPP expr[1]"],
  ["a plain set, with a counter", set("s"), dynset({ exprs: [COUNT] }), "2 EINVAL expr[1]"],
  ["a set with timeouts", set("s", { timeout: true }), dynset({ timeoutMs: 5000 }), "ok"],
  ["a statement without state", set("s", { eval: true }), dynset({ exprs: [verdict({ code: "drop" })] }), "2 EOPNOTSUPP expr[1]"],
  ["a set that is not there", set("other"), dynset(), "2 ENOENT expr[1]"],
])("filling %s", (_what, make, expr, answer) => {
  const box = new NftTestbed();
  box.batch(table());
  expect(box.try(make, chain("c"), rule("c", [DADDR, expr]))).toBe(answer);
});

test("a set that packets fill is limited to 65535 elements", () => {
  const box = new NftTestbed();
  box.batch(table(), set("s"), chain("c"), rule("c", [DADDR, dynset()]));
  expect(box.get({ op: "set.dump" }).sets[0]?.size).toBe(65535);
});
