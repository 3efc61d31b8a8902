import { expect, test } from "vitest";
import type { NftMsg, NftObjSpec } from "../../uapi/nft.ts";
import { NftTestbed, base, chain, delRule, rule, table } from "../../../testing/nft-testbed.ts";

const IN = { family: "ip", table: "t" } as const;
const obj = (name: string, spec: NftObjSpec, excl = false): NftMsg => ({ op: "obj.new", nlm: { create: true, excl }, ...IN, name, obj: spec, userdata: null });
const quota = (bytes: number, used = 0): NftObjSpec => ({ type: "quota", bytes, used, invert: false });
const flowtable = (name: string, devices: readonly string[], more: object = {}): NftMsg =>
  ({ op: "flowtable.new", nlm: { create: true, excl: false }, ...IN, name, priority: 0, devices, ...more });

function box(...messages: readonly NftMsg[]): NftTestbed {
  const made = new NftTestbed();
  made.batch(table(), chain("c"), ...messages);
  return made;
}

test("adding a counter that exists keeps its count, creating it is EEXIST", () => {
  const b = box(obj("n", { type: "counter", packets: 5, bytes: 6 }));
  expect(b.try(obj("n", { type: "counter", packets: 0, bytes: 0 }))).toBe("ok");
  expect(b.get({ op: "obj.dump" }).objs[0]?.obj).toEqual({ type: "counter", packets: 5, bytes: 6 });
  expect(b.try(obj("n", { type: "counter", packets: 0, bytes: 0 }, true))).toBe("0 EEXIST name");
});

test("a quota can be changed; what was used stays used", () => {
  const b = box(obj("q", quota(100, 40)));
  b.batch(obj("q", quota(500)));
  expect(b.get({ op: "obj.dump" }).objs[0]?.obj).toMatchObject({ bytes: 500, used: 40 });
});

test("reset reads the count and zeroes it", () => {
  const b = box(obj("n", { type: "counter", packets: 5, bytes: 6 }));
  const read = (): object | undefined => b.get({ op: "obj.dump", type: "counter", reset: true }).objs[0]?.obj;
  expect([read(), read()]).toEqual([{ type: "counter", packets: 5, bytes: 6 }, { type: "counter", packets: 0, bytes: 0 }]);
});

test("an object in use by a rule is busy; asking for one that is not there is ENOENT", () => {
  const b = box(obj("n", { type: "counter", packets: 0, bytes: 0 }), base("b", "input"), rule("b", [{ op: "objref", type: "counter", name: "n" }]));
  const remove: NftMsg = { op: "obj.del", ...IN, type: "counter", name: "n" };
  expect(b.try(remove)).toBe("0 EBUSY name");
  expect(b.try(delRule("b"), remove)).toBe("ok");
  expect(() => b.get({ op: "obj.dump", ...IN, name: "n" })).toThrow("ENOENT");
});

test("a helper that this kernel does not have: ENOENT", () => {
  const helper = (name: string): NftMsg => obj(name, { type: "ct helper", helper: name, l4proto: 6, l3proto: "ip" });
  const b = box();
  expect([b.try(helper("ftp")), b.try(helper("nohelper"))]).toEqual(["ok", "0 ENOENT -"]);
});

test("flowtables: a device belongs to one; devices come and go; priority stays", () => {
  const b = box(flowtable("f", ["d0"]));
  expect(b.try(flowtable("g", ["d0"]))).toBe("0 EEXIST -");
  expect(b.try(flowtable("f", ["d0"], { priority: 1 }))).toBe("0 EOPNOTSUPP -");
  expect(b.try(flowtable("f", ["d1"]))).toBe("ok");
  expect(b.get({ op: "flowtable.dump" }).flowtables.map((f) => f.devices)).toEqual([["d0", "d1"]]);
  expect(b.try({ op: "flowtable.del", ...IN, name: "f", devices: ["d0"] })).toBe("ok");
  expect(b.try({ op: "flowtable.del", ...IN, name: "f" })).toBe("ok");
});

test("a flowtable in use by a rule is busy", () => {
  const b = box(flowtable("f", ["d0"]), base("b", "forward"), rule("b", [{ op: "flow_offload", table: "f" }]));
  expect(b.try({ op: "flowtable.del", ...IN, name: "f" })).toBe("0 EBUSY name");
});
