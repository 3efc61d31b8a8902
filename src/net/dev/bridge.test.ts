import { expect, test } from "vitest";
import { NetTestbed } from "../../testing/net-testbed.ts";
import { bridgeOf } from "./bridge-port.ts";
import { enslave } from "./bridge.ts";

/** Three machines on one bridge. */
function lan(): NetTestbed {
  const net = new NetTestbed();
  for (const n of [1, 2, 3]) net.wire(`h${n} eth0 10.0.0.${n}/24`, `sw p${n}`);
  net.bridge("sw", "br0", ["p1", "p2", "p3"]);
  return net;
}

test("a question for everybody is flooded, the answer goes only to the asker", () => {
  const net = lan();
  net.ping("h1", "10.0.0.2");
  net.pass(0.1);
  expect(net.frames().filter((f) => f.startsWith("sw>"))).toEqual([
    "sw>p2 ARP who-has 10.0.0.2 tell 10.0.0.1", "sw>p3 ARP who-has 10.0.0.2 tell 10.0.0.1", "sw>p1 ARP 10.0.0.2 is-at",
    "sw>p2 IP 10.0.0.1 > 10.0.0.2: proto 1 type 8 ttl 64", "sw>p1 IP 10.0.0.2 > 10.0.0.1: proto 1 type 0 ttl 64",
  ]);
});

test("an address learned is forgotten after 300 s", () => {
  const net = lan();
  net.ping("h1", "10.0.0.2");
  net.pass(1);
  const br = bridgeOf(net.host("sw").device("br0")!);
  expect([...br.fdb.values()].filter((e) => !e.isLocal)).toHaveLength(2);
  net.pass(310);
  net.ping("h1", "10.0.0.2");
  net.pass(0.1);
  expect(net.events.some((e) => e.kind === "table" && e.note.startsWith("forgot"))).toBe(true);
});

test("a frame whose way out is the way in is lost, unless hairpin is on", () => {
  const net = lan();
  const h1 = net.host("h1").device("eth0")!;
  net.ping("h1", "10.0.0.2");
  net.pass(0.1);
  const br = bridgeOf(net.host("sw").device("br0")!);
  const entry = br.fdb.get(net.host("h2").device("eth0")!.mac)!;
  entry.port = br.ports[0]!;
  net.ping("h1", "10.0.0.2");
  net.pass(0.001);
  expect(net.drops()).toContain("sw BRIDGE_SAME_PORT");
  expect(h1.stats.txPackets).toBe(3);
});

test("the bridge takes the lowest MAC and the smallest MTU of its ports, and carrier from any of them", () => {
  const net = lan();
  const br = net.host("sw").device("br0")!;
  const ports = ["p1", "p2", "p3"].map((p) => net.host("sw").device(p)!);
  expect(br.mac).toBe(Math.min(...ports.map((p) => p.mac)));
  expect([br.mtuBytes, br.carrier, br.operstateShown]).toEqual([1500, true, "up"]);
});

test("a loop of bridges storms, but time goes on: a bounded number of frames a simulated millisecond", () => {
  const net = lan();
  const [x1, x2] = net.wire("sw x1", "sw x2");
  const br = net.host("sw").device("br0")!;
  enslave(br, x1);
  enslave(br, x2);
  net.ping("h1", "10.0.0.99");
  net.sim.runUntil(net.sim.nowNs + 1_000_000);
  const frames = net.frames().length;
  expect(frames).toBeGreaterThan(200);
  expect(frames).toBeLessThan(5_000);
});
