import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { type NeighEntry, type NudState, neighRow } from "./neigh.ts";
import { neighDelete, neighUpdate } from "./nud.ts";

/** Two machines on a wire; `a` talks. */
function pair(): NetTestbed {
  const net = new NetTestbed();
  net.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  return net;
}

const entryOf = (net: NetTestbed, host: string, ip: string): NeighEntry => net.host(host).neigh.lookup(ipOf(ip), net.host(host).device("eth0")!)!;

/** States that an entry went through, as arrows, from the trace. */
function arrows(net: NetTestbed, host: string, ip: string): string {
  const states = net.events.filter((e) => e.place === host).flatMap((e) => e.changes)
    .filter((c) => c.table === "neigh" && c.key.endsWith(` ${ip}`)).map((c) => c.after?.split(" ").at(-1) ?? "gone");
  return states.filter((s, i) => s !== states[i - 1]).join(" → ");
}

test("none → incomplete → reachable when ARP is answered; the asker is known to the answerer as stale", () => {
  const net = pair();
  net.ping("a", "10.0.0.2");
  net.pass(0.5);
  expect(arrows(net, "a", "10.0.0.2")).toBe("INCOMPLETE → REACHABLE");
  expect(arrows(net, "b", "10.0.0.1")).toBe("STALE → DELAY");
});

test("incomplete → failed after three unanswered broadcasts, one a second", () => {
  const net = pair();
  net.ping("a", "10.0.0.9");
  net.pass(5);
  expect(arrows(net, "a", "10.0.0.9")).toBe("INCOMPLETE → FAILED");
  const asked = net.events.filter((e) => e.kind === "arp.request").map((e) => Math.round(e.atNs / 1e9));
  expect(asked).toEqual([0, 1, 2]);
});

test("stale → delay → probe → reachable: five seconds after use a unicast question checks the answer", () => {
  const net = pair();
  net.ping("a", "10.0.0.2");
  net.pass(7);
  expect(arrows(net, "b", "10.0.0.1")).toBe("STALE → DELAY → PROBE → REACHABLE");
});

test("reachable → stale when nobody used it, between 15 and 45 s", () => {
  const net = pair();
  net.ping("a", "10.0.0.2");
  net.pass(14.9);
  expect(entryOf(net, "a", "10.0.0.2").state).toBe("reachable");
  net.pass(31);
  expect(entryOf(net, "a", "10.0.0.2").state).toBe("stale");
});

test("probe → failed when the neighbour is gone, and the queue hears host unreachable", () => {
  const net = pair();
  const entry = net.host("a").neigh.create(ipOf("10.0.0.77"), net.host("a").device("eth0")!);
  neighUpdate(net.host("a"), entry, { mac: entry.dev.mac, state: "stale", override: true, admin: true, journey: 0 });
  net.ping("a", "10.0.0.77");
  net.pass(12);
  expect(arrows(net, "a", "10.0.0.77")).toBe("STALE → DELAY → PROBE → FAILED");
});

test.each<[NudState, "EPERM" | undefined]>([["permanent", "EPERM"], ["noarp", "EPERM"], ["stale", undefined]])("a %s entry told a new MAC by ARP answers %s", (state, answer) => {
  const net = pair();
  const ns = net.host("a");
  const entry = ns.neigh.create(ipOf("10.0.0.5"), ns.device("eth0")!);
  neighUpdate(ns, entry, { mac: entry.dev.mac, state, override: true, admin: true, journey: 0 });
  expect(neighUpdate(ns, entry, { mac: net.host("b").device("eth0")!.mac, state: "reachable", override: true, admin: false, journey: 0 })).toBe(answer);
});

test("waiting packets: the queue is bounded in bytes and drops the oldest", () => {
  const net = pair();
  for (let i = 0; i < 400; i++) net.ping("a", "10.0.0.9", 500);
  expect(net.drops().filter((d) => d === "a NEIGH_QUEUEFULL").length).toBeGreaterThan(100);
  neighDelete(net.host("a"), entryOf(net, "a", "10.0.0.9"), 0);
  expect(net.drops().at(-1)).toBe("a NEIGH_DEAD");
});

test("the row reads as ip neigh prints it", () => {
  const net = pair();
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(neighRow(entryOf(net, "a", "10.0.0.2"))).toMatch(/^10\.0\.0\.2 dev eth0 lladdr (..:){5}.. REACHABLE$/);
});
