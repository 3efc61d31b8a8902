import { expect, test } from "vitest";
import { devChangeNetns, devRename, registerNetdevice, unregisterNetdevice } from "../../core/dev.ts";
import type { Netdev } from "../../core/netdev.ts";
import { createVethPair } from "../../dev/veth.ts";
import { bootNetns } from "../../init.ts";
import type { NftMsg } from "../../uapi/nft.ts";
import { NftTestbed, table } from "../../../testing/nft-testbed.ts";

const chain = (name: string, devices: readonly string[], priority = 0): NftMsg =>
  ({ op: "chain.new", nlm: { create: true, excl: false }, family: "netdev", table: "n", name, type: "filter", hook: { hook: "ingress", priority, devices } });

function withDevices(): { box: NftTestbed; a: Netdev; b: Netdev } {
  const box = new NftTestbed();
  const [a, b] = createVethPair(box.ns, "d0", box.ns, "d1");
  registerNetdevice(a);
  registerNetdevice(b);
  box.batch(table("n", "netdev"));
  return { box, a, b };
}

const hooks = (dev: Netdev): readonly string[] => dev.ingressHooks.map((h) => h.name.replace("netdev n ", ""));
const listed = (box: NftTestbed): readonly string[] => box.get({ op: "chain.dump" }).chains.map((c) => `${c.name} ${c.hook?.devices.join(",")}`);

test("a device chain hangs on the devices that it names, patterns included", () => {
  const { box, a, b } = withDevices();
  box.batch(chain("x", ["d0"]), chain("w", ["d*"], 10), chain("none", ["nope"]));
  expect([hooks(a), hooks(b)]).toEqual([["x", "w"], ["w"]]);
});

test("an update adds devices; a batch that fails does not", () => {
  const { box, a, b } = withDevices();
  box.batch(chain("x", ["d0"]));
  expect(box.try(chain("x", ["d1"]), { op: "chain.del", family: "netdev", table: "n", name: "nope" })).toBe("1 ENOENT name");
  expect([hooks(a), hooks(b), listed(box)]).toEqual([["x"], [], ["x d0"]]);
  box.batch(chain("x", ["d1"]));
  expect([hooks(a), hooks(b), listed(box)]).toEqual([["x"], ["x"], ["x d0,d1"]]);
});

test("a device is renamed, goes, and comes: the chain stays and follows the name", () => {
  const { box, a, b } = withDevices();
  box.batch(chain("x", ["d0", "later"]));
  devRename(a, "q0");
  expect(hooks(a)).toEqual([]);
  devRename(b, "later");
  expect(hooks(b)).toEqual(["x"]);
  unregisterNetdevice(b);
  expect([hooks(b), listed(box)]).toEqual([[], ["x d0,later"]]);
});

test("a device that moves to another namespace leaves its chains behind", () => {
  const { box, a } = withDevices();
  box.batch(chain("x", ["d0"]));
  devChangeNetns(a, bootNetns(box.ns.world, "other"), "d0");
  expect(hooks(a)).toEqual([]);
});

test("devices are taken from a chain one by one; ENOENT for one it does not have", () => {
  const { box, a, b } = withDevices();
  box.batch(chain("x", ["d0", "d1"]));
  const without = (device: string): NftMsg => ({ op: "chain.del", family: "netdev", table: "n", name: "x", hook: { hook: "ingress", priority: 0, devices: [device] } });
  expect(box.try(without("d9"))).toBe("0 ENOENT devices");
  expect(box.try(without("d1"))).toBe("ok");
  expect([hooks(a), hooks(b), listed(box)]).toEqual([["x"], [], ["x d0"]]);
});
