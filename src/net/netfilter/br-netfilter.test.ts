import { describe, expect, it } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { type Route, TABLE_MAIN } from "../ipv4/fib.ts";
import { routeInsert } from "../ipv4/fib-frontend.ts";
import { flows, natChain, natTo } from "./nat-testbed.ts";

/** Two pods on one bridge of a worker, a VIP 100.64.20.2 whose backend is the second pod. */
function worker(callIptables: 0 | 1): NetTestbed {
  const net = new NetTestbed();
  net.wire("p1 eth0 11.10.80.2/20", "w v1");
  net.wire("p2 eth0 11.10.80.3/20", "w v2");
  net.addAddress(net.bridge("w", "cni0", ["v1", "v2"]), "11.10.80.1/20");
  const w = net.host("w");
  w.sysctl.get("net/ipv4/ip_forward")!.set!("1");
  w.nf.bridge.callIptables = callIptables;
  natChain(w, "prerouting", (_skb, ct) => (ct.original.dst === ipOf("100.64.20.2") ? natTo(w, ct, "dst", ipOf("11.10.80.3")) : null));
  natChain(w, "postrouting", () => null);
  for (const pod of ["p1", "p2"]) {
    const dev = net.host(pod).device("eth0")!;
    routeInsert(net.host(pod), {
      table: TABLE_MAIN, type: "unicast", dst: ipOf("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
      nexthops: [{ dev, gateway: ipOf("11.10.80.1"), weight: 1, onlink: false, scope: 253 }], metrics: new Map(), locked: new Set(),
    } as Route);
  }
  return net;
}

const answered = (net: NetTestbed, from: string, to: string): boolean => {
  const sock = net.ping(from, to);
  net.pass(1);
  return typeof sock.recv({ maxBytes: 1500 }) === "object";
};

const ip = (net: NetTestbed): readonly string[] => net.frames().filter((f) => f.includes("IP ") && f.startsWith("w>"));

describe("a VIP whose backend is a neighbour on the same bridge", () => {
  it("bridge-nf 1: the frame is bridged to the backend, the answer gets the VIP back", () => {
    const net = worker(1);
    expect(answered(net, "p1", "100.64.20.2")).toBe(true);
    expect(ip(net)).toEqual([
      "w>cni0 IP 11.10.80.2 > 11.10.80.3: proto 1 type 8 ttl 64",
      "w>v2 IP 11.10.80.2 > 11.10.80.3: proto 1 type 8 ttl 64",
      "w>v1 IP 100.64.20.2 > 11.10.80.2: proto 1 type 0 ttl 64",
    ]);
    expect(flows(net.host("w"))).toEqual(["icmp     1 29 src=11.10.80.2 dst=100.64.20.2 type=8 code=0 id=0 src=11.10.80.3 dst=11.10.80.2 type=0 code=0 id=0 mark=0 use=1"]);
  });

  it("bridge-nf 1, the backend's MAC is known to the worker: no detour by the bridge device", () => {
    const net = worker(1);
    answered(net, "w", "11.10.80.3");
    net.events.length = 0;
    expect(answered(net, "p1", "100.64.20.2")).toBe(true);
    expect(ip(net)[0]).toBe("w>v2 IP 11.10.80.2 > 11.10.80.3: proto 1 type 8 ttl 64");
  });

  it("bridge-nf 0: routed to the backend, whose answer goes straight to the client from an address it never asked", () => {
    const net = worker(0);
    answered(net, "p1", "100.64.20.2");
    expect(ip(net)).toContain("w>v1 IP 11.10.80.3 > 11.10.80.2: proto 1 type 0 ttl 64");
  });

  it("the client is its own backend: the bridge does not send a frame back where it came from", () => {
    const net = worker(1);
    expect(answered(net, "p2", "100.64.20.2")).toBe(false);
    expect(net.drops()).toContain("w BRIDGE_SAME_PORT");
    expect(flows(net.host("w"))).toEqual([]);
  });

  it("plain neighbours on the bridge are tracked", () => {
    const net = worker(1);
    expect(answered(net, "p1", "11.10.80.3")).toBe(true);
    expect(flows(net.host("w"))).toEqual(["icmp     1 29 src=11.10.80.2 dst=11.10.80.3 type=8 code=0 id=0 src=11.10.80.3 dst=11.10.80.2 type=0 code=0 id=0 mark=0 use=1"]);
  });
});
