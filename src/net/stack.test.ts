import { expect, test } from "vitest";
import { Sim, SEC } from "../sim/sim.ts";
import { formatIp4, parseIp4, type Ip4 } from "../wire/addr.ts";
import { devOpen, registerNetdevice } from "./core/dev.ts";
import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { createVethPair } from "./dev/veth.ts";
import { bootNetns, createWorld } from "./init.ts";
import { inetAddAddr, newIfAddr } from "./ipv4/devinet.ts";
import { neighRow } from "./neigh/neigh.ts";
import { RawSock } from "./sock/raw.ts";
import type { TraceEvent } from "./uapi/trace.ts";

const ip = (s: string): Ip4 => parseIp4(s)!;

function twoHosts() {
  const sim = new Sim(1);
  const world = createWorld(sim);
  const events: TraceEvent[] = [];
  world.trace = { event: (e) => events.push(e) };
  const a = bootNetns(world, "a");
  const b = bootNetns(world, "b");
  const [da, db] = createVethPair(a, "eth0", b, "eth0");
  for (const [dev, addr] of [[da, "10.0.0.1"], [db, "10.0.0.2"]] as const) up(dev, addr);
  return { sim, world, a, b, events };
}

function up(dev: Netdev, addr: string): void {
  registerNetdevice(dev);
  inetAddAddr(dev.ns, newIfAddr(dev, ip(addr), 24));
  devOpen(dev);
}

function echo(ns: Netns, to: string): RawSock {
  const sock = new RawSock(ns, 1);
  const data = new Uint8Array([8, 0, 0xf7, 0xfd, 0, 1, 0, 1]);
  sock.setOption("IP_RECVERR", true);
  expect(sock.send({ data, to: { family: "inet", addr: ip(to), port: 0 } }, 7)).toBe(8);
  return sock;
}

const replyOf = (sock: RawSock): string => {
  const r = sock.recv({ maxBytes: 1500 });
  return typeof r === "string" ? r : `${r.from?.family === "inet" ? formatIp4(r.from.addr) : "?"} type ${r.data[20]} ttl ${r.data[8]}`;
};

test("a queued packet leaves when ARP is answered, and the reply comes back", () => {
  const { sim, a, events } = twoHosts();
  const sock = echo(a, "10.0.0.2");
  sim.runUntil(SEC);
  expect(replyOf(sock)).toBe("10.0.0.2 type 0 ttl 64");
  expect(events.filter((e) => e.kind === "l2.tx" && e.journey === 7).map((e) => `${e.place} ${e.bytes!.length}`)).toEqual(["a 42", "b 42", "a 42", "b 42"]);
  expect([...a.neigh.entries()].map(neighRow)[0]).toMatch(/^10.0.0.2 dev eth0 lladdr .* REACHABLE$/);
});

test("nobody answers ARP and lo is down: the error about our own packet has no way back, silence", () => {
  const { sim, a } = twoHosts();
  const sock = echo(a, "10.0.0.9");
  sim.runUntil(4 * SEC);
  expect(sock.recv({ maxBytes: 1500 })).toBe("EAGAIN");
});

test("nobody answers ARP: after three requests the sender hears host unreachable", () => {
  const { sim, a, events } = twoHosts();
  devOpen(a.loopback);
  const sock = echo(a, "10.0.0.9");
  sim.runUntil(4 * SEC);
  expect(sock.recv({ maxBytes: 1500 })).toBe("EHOSTUNREACH");
  const err = sock.recv({ maxBytes: 1500, errorQueue: true });
  expect(typeof err === "string" ? err : err.error).toMatchObject({ errno: "EHOSTUNREACH", type: 3, code: 1 });
  expect(events.filter((e) => e.kind === "arp.request")).toHaveLength(3);
  expect(events.filter((e) => e.kind === "drop").map((e) => `${e.place} ${e.drop}`)).toContain("a NEIGH_FAILED");
});
