import { describe, expect, it } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import type { Netns } from "../core/netns.ts";
import { destroyNetns } from "../init.ts";
import { runHooks } from "../core/hook.ts";
import type { Skb } from "../core/skb.ts";
import type { CtEvent } from "../uapi/conntrack.ts";
import { ctNetnsGet, ctNetnsPut, ctSetMark, ctSetZone } from "./conntrack.ts";
import { ctOf, setUntracked } from "./ct-entry.ts";
import { ctinfoText } from "./ct-event.ts";
import { conntrackConfirm, conntrackIn } from "./ct-in.ts";
import { ctRequest } from "./ct-netlink.ts";
import { flows, udpSkb } from "./nat-testbed.ts";

const A = ipOf("10.0.0.1");
const B = ipOf("10.0.0.2");

/** A namespace that tracks, and a clock. */
function tracker(): { ns: Netns; net: NetTestbed } {
  const net = new NetTestbed();
  const ns = net.host("r");
  ctNetnsGet(ns, "ip");
  return { ns, net };
}

/** A forwarded datagram; what `ct state` says of it. */
function pass(ns: Netns, skb: Skb): string {
  conntrackIn(ns, skb, "prerouting");
  const state = ctOf(skb) === null ? "none" : ctinfoText(skb.ctinfo);
  conntrackConfirm(ns, skb, "postrouting");
  return state;
}
const there = (ns: Netns, sport = 1000): Skb => udpSkb(ns, A, sport, B, 53);
const back = (ns: Netns, dport = 1000): Skb => udpSkb(ns, B, 53, A, dport);

describe("a UDP flow", () => {
  it("first packet NEW, answer ESTABLISHED, the next packet too", () => {
    const { ns } = tracker();
    expect([pass(ns, there(ns)), pass(ns, there(ns)), pass(ns, back(ns)), pass(ns, there(ns))]).toEqual([
      "NEW, original direction", "NEW, original direction", "ESTABLISHED, reply direction", "ESTABLISHED, original direction",
    ]);
    expect(flows(ns)).toEqual(["udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1000 dport=53 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=1000 mark=0 use=1"]);
  });

  it("still alive both ways after two seconds: a stream, assured, 120 s", () => {
    const { ns, net } = tracker();
    pass(ns, there(ns));
    pass(ns, back(ns));
    net.pass(1.9);
    pass(ns, there(ns));
    expect(flows(ns)[0]).toMatch(/^udp {6}17 30 (?!.*ASSURED)/);
    net.pass(0.2);
    pass(ns, there(ns));
    expect(flows(ns)[0]).toMatch(/^udp {6}17 120 .*\[ASSURED\]/);
  });

  it("silence for as long as its timeout: gone, and the next packet is NEW again", () => {
    const { ns, net } = tracker();
    pass(ns, there(ns));
    net.pass(29.9);
    expect(flows(ns)).toHaveLength(1);
    net.pass(0.2);
    expect(flows(ns)).toEqual([]);
    expect(pass(ns, there(ns))).toBe("NEW, original direction");
  });

  it("a packet winds the clock up", () => {
    const { ns, net } = tracker();
    pass(ns, there(ns));
    net.pass(20);
    pass(ns, there(ns));
    net.pass(20);
    expect(flows(ns)).toHaveLength(1);
    net.pass(11);
    expect(flows(ns)).toEqual([]);
  });

  it("a datagram whose length does not fit is INVALID and leaves nothing behind", () => {
    const { ns } = tracker();
    const skb = there(ns);
    skb.buf[skb.transAt + 5] = 200;
    expect(pass(ns, skb)).toBe("none");
    expect(flows(ns)).toEqual([]);
    expect(ns.nf.ct.stats.invalid).toBe(1);
  });
});

describe("the table", () => {
  it("a packet that was dropped on its way leaves no flow", () => {
    const { ns } = tracker();
    conntrackIn(ns, there(ns), "prerouting");
    expect(flows(ns)).toEqual([]);
  });

  it("zones: the same tuple twice, each in its own", () => {
    const { ns } = tracker();
    for (const zone of [1, 2]) {
      const skb = there(ns);
      ctSetZone(ns, skb, zone, 3);
      pass(ns, skb);
    }
    expect(flows(ns).map((f) => /zone=\d/.exec(f)?.[0])).toEqual(["zone=1", "zone=2"]);
    expect(pass(ns, there(ns))).toBe("NEW, original direction");
  });

  it("notrack: no flow", () => {
    const { ns } = tracker();
    const skb = there(ns);
    setUntracked(skb);
    expect(pass(ns, skb)).toBe("none");
    expect(flows(ns)).toEqual([]);
  });

  it("full: a flow that is not assured makes room; when all are assured the packet is dropped", () => {
    const { ns } = tracker();
    ns.world.conntrackMax = 2;
    for (const port of [1, 2, 3]) pass(ns, there(ns, port));
    expect(flows(ns).map((f) => /sport=\d/.exec(f)![0])).toEqual(["sport=2", "sport=3"]);
    expect(ns.nf.ct.stats.earlyDrop).toBe(1);
    for (const ct of ns.nf.ct.table.entries()) ct.status |= 4;
    expect(conntrackIn(ns, there(ns, 4), "prerouting")).toBe("drop");
  });

  it("hooks are on the path only while somebody uses them", () => {
    const { ns } = tracker();
    const points = (): number => ["prerouting", "output", "input", "postrouting"].reduce((n, p) => n + ns.hooks.at("ip", p as "input").length, 0);
    expect(points()).toBe(6);
    ctNetnsGet(ns, "inet");
    ctNetnsPut(ns, "ip");
    expect(points()).toBe(6);
    ctNetnsPut(ns, "inet");
    expect(points()).toBe(0);
  });

  it("a look-up does not walk the table: 10,000 flows, each found at once", () => {
    const { ns } = tracker();
    for (let i = 0; i < 10_000; i++) pass(ns, there(ns, i + 1));
    expect(ns.nf.ct.table.size).toBe(10_000);
    for (let i = 0; i < 10_000; i++) ctRequest(ns, { op: "ct.del", dir: "original", tuple: { src: A, dst: B, protocol: 17, sport: i + 1, dport: 53 } });
    expect(ns.nf.ct.table.size).toBe(0);
  });
});

describe("events", () => {
  it("new, update on the answer, mark, destroy; a flow that began unheard stays unheard", () => {
    const { ns, net } = tracker();
    pass(ns, there(ns, 1));
    const heard: string[] = [];
    const listen = (e: CtEvent): void => void heard.push(`${e.is} ${e.row.original.sport} mark ${e.row.mark}`);
    ns.nf.ct.listeners.add(listen);
    pass(ns, back(ns, 1));
    pass(ns, there(ns, 2));
    pass(ns, back(ns, 2));
    const marked = there(ns, 2);
    conntrackIn(ns, marked, "prerouting");
    ctSetMark(ns, ctOf(marked)!, 7);
    conntrackConfirm(ns, marked, "postrouting");
    net.pass(40);
    expect(heard).toEqual(["new 2 mark 0", "update 2 mark 0", "update 2 mark 7", "destroy 2 mark 7"]);
  });

  it("the trace tells a flow's row as it comes, changes and goes", () => {
    const { ns, net } = tracker();
    pass(ns, there(ns));
    pass(ns, back(ns));
    net.pass(31);
    const changes = net.events.flatMap((e) => e.changes).filter((c) => c.table === "conntrack");
    expect(changes.map((c) => [c.before?.includes("UNREPLIED") ?? null, c.after?.includes("UNREPLIED") ?? null])).toEqual([[null, true], [true, false], [false, null]]);
    expect(new Set(changes.map((c) => c.key)).size).toBe(1);
    expect(net.events.filter((e) => e.kind === "ct.new" || e.kind === "ct.hit").map((e) => e.note)).toEqual(["new flow, now in the table", "ESTABLISHED, reply direction"]);
  });
});

describe("ctnetlink", () => {
  const tuple = { src: A, dst: B, protocol: 17, sport: 1, dport: 2 };
  const reply = { src: B, dst: A, protocol: 17, sport: 2, dport: 1 };

  it("a flow typed in is found by its packets; twice is EEXIST; deleted is gone", () => {
    const { ns } = tracker();
    const made = { op: "ct.new", original: tuple, reply, timeoutSec: 100, status: 2, excl: true } as const;
    expect(ctRequest(ns, made).error).toBeNull();
    expect(ctRequest(ns, made).error).toBe("EEXIST");
    expect(pass(ns, udpSkb(ns, A, 1, B, 2))).toBe("ESTABLISHED, original direction");
    expect(ctRequest(ns, { op: "ct.del", dir: "original", tuple }).error).toBeNull();
    expect(ctRequest(ns, { op: "ct.get", dir: "original", tuple }).error).toBe("ENOENT");
  });

  it("a status bit is never taken back: EBUSY", () => {
    const { ns } = tracker();
    ctRequest(ns, { op: "ct.new", original: tuple, reply, timeoutSec: 100, status: 4, excl: true });
    expect(ctRequest(ns, { op: "ct.update", dir: "original", tuple, status: 0 }).error).toBe("EBUSY");
  });
});

it("a packet back from loopback keeps its flow: it is not looked up again", () => {
  const { ns } = tracker();
  const skb = there(ns);
  const state = { family: "ip", point: "output", indev: null, outdev: null, next: () => undefined } as const;
  runHooks(ns, ns.hooks.at("ip", "output"), skb, state);
  const first = ctOf(skb);
  runHooks(ns, ns.hooks.at("ip", "prerouting"), skb, { ...state, point: "prerouting" });
  expect(ctOf(skb)).toBe(first);
});

it("a namespace that goes takes its flows with it: no timer is left to fire", () => {
  const { ns, net } = tracker();
  pass(ns, there(ns));
  destroyNetns(ns);
  net.events.length = 0;
  net.pass(60);
  expect(ns.nf.ct.table.size).toBe(0);
  expect(net.events.filter((e) => e.place === "r")).toEqual([]);
});
