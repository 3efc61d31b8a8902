import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { readU16, readU32 } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import { createVxlan } from "./vxlan.ts";
import { vxlanFdbSet } from "./vxlan-fdb.ts";

/** Two machines, an underlay wire, an overlay device each that knows the other by fdb row. */
function overlay(learning = false): { net: NetTestbed; a: Netdev; b: Netdev } {
  const net = new NetTestbed();
  const [ea, eb] = net.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  const make = (under: Netdev, n: number): Netdev => {
    const dev = createVxlan(under.ns, "vx0", { vni: 100, local: ipOf(`10.0.0.${n}`), lowerIndex: under.ifindex, learning });
    net.up(dev, `192.168.7.${n}/24`);
    return dev;
  };
  const [a, b] = [make(ea, 1), make(eb, 2)];
  return { net, a, b };
}

function peer(dev: Netdev, mac: Netdev["mac"], ip: string): void {
  const remotes = [{ ip: ipOf(ip), port: 8472, vni: 100, ifindex: 0 }];
  vxlanFdbSet(dev, { mac, remotes, state: "permanent", externLearned: false, updatedNs: 0, usedNs: 0 }, null);
}

test("a frame is wrapped in 50 bytes, crosses as UDP to port 8472 with the VNI, and is unwrapped", () => {
  const { net, a, b } = overlay();
  for (const mac of [b.mac, 0xffffffffffff as Netdev["mac"]]) peer(a, mac, "10.0.0.2");
  peer(b, a.mac, "10.0.0.1");
  const sock = net.ping("a", "192.168.7.2");
  net.pass(0.1);
  expect(typeof sock.recv({ maxBytes: 1500 })).toBe("object");
  const outer = net.events.filter((e) => e.kind === "l2.tx" && e.dev === "eth0" && e.bytes![23] === 17);
  expect(outer.map((e) => [e.place, e.wireLength, readU16(e.bytes!, 36), readU32(e.bytes!, 46) >>> 8])).toEqual([
    ["a", 92, 8472, 100], ["b", 92, 8472, 100], ["a", 148, 8472, 100], ["b", 148, 8472, 100],
  ]);
});

test("both directions of a flow use the same source port", () => {
  const { net, a, b } = overlay();
  for (const mac of [b.mac, 0xffffffffffff as Netdev["mac"]]) peer(a, mac, "10.0.0.2");
  peer(b, a.mac, "10.0.0.1");
  net.ping("a", "192.168.7.2");
  net.pass(0.1);
  const ports = net.events.filter((e) => e.kind === "l2.tx" && e.dev === "eth0" && e.wireLength === 148).map((e) => readU16(e.bytes!, 34));
  expect(ports).toHaveLength(2);
  expect(ports[0]).toBe(ports[1]);
  expect(ports[0]).toBeGreaterThanOrEqual(32768);
});

test("a MAC that no row names is lost, with the missing row as reason", () => {
  const { net } = overlay();
  net.ping("a", "192.168.7.2");
  net.pass(0.1);
  const lost = net.events.find((e) => e.kind === "drop")!;
  expect(lost.drop).toBe("VXLAN_NO_REMOTE");
  expect(lost.decision?.row).toBe("no fdb entry for ff:ff:ff:ff:ff:ff on vx0");
});

test("a learning device remembers where a frame came from", () => {
  const { net, a, b } = overlay(true);
  for (const mac of [b.mac, 0xffffffffffff as Netdev["mac"]]) peer(a, mac, "10.0.0.2");
  net.ping("a", "192.168.7.2");
  net.pass(0.1);
  expect(net.events.some((e) => e.place === "b" && e.kind === "bridge.learn" && e.note.includes("dst 10.0.0.1 self"))).toBe(true);
});

test("the MTU is 50 below the lower device's; more is refused", () => {
  const { a } = overlay();
  expect(a.mtuBytes).toBe(1450);
  expect(a.ops.changeMtu!(a, 1451)).toBe("EINVAL");
});
