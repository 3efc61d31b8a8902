import { describe, expect, it } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { type Route, TABLE_MAIN } from "../ipv4/fib.ts";
import { routeInsert } from "../ipv4/fib-frontend.ts";
import { UdpSock } from "../sock/udp.ts";
import { flows, natChain, natTo } from "./nat-testbed.ts";
import { natMasquerade, natRedirect } from "./nat.ts";

/** inside – r – outside: two clients 10.1.0.2 and 10.1.0.3 behind a router whose outer address is 10.2.0.1; a server 10.2.0.2. */
function lab(): NetTestbed {
  const net = new NetTestbed();
  net.wire("c1 eth0 10.1.0.2/24", "r left1");
  net.wire("c2 eth0 10.1.0.3/24", "r left2");
  net.bridge("r", "br0", ["left1", "left2"]);
  net.wire("r right 10.2.0.1/24", "srv eth0 10.2.0.2/24");
  const br = net.host("r").device("br0")!;
  addAddress(net, br.name);
  net.host("r").sysctl.get("net/ipv4/ip_forward")!.set!("1");
  for (const client of ["c1", "c2"]) routeInsert(net.host(client), defaultVia(net, client, "10.1.0.1"));
  return net;
}

function addAddress(net: NetTestbed, name: string): void {
  const dev = net.host("r").device(name)!;
  net.addAddress(dev, "10.1.0.1/24");
}

function defaultVia(net: NetTestbed, host: string, via: string): Route {
  const dev = net.host(host).device("eth0")!;
  return {
    table: TABLE_MAIN, type: "unicast", dst: ipOf("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
    nexthops: [{ dev, gateway: ipOf(via), weight: 1, onlink: false, scope: 253 }], metrics: new Map(), locked: new Set(),
  } as Route;
}

const masquerade = (net: NetTestbed): void => {
  const r = net.host("r");
  natChain(r, "postrouting", (skb, _ct, state) => (state.outdev!.name === "right" ? natMasquerade(r, skb, { flags: 0, minProto: 0, maxProto: 0 }, state.outdev!) : null));
};

const natNotes = (net: NetTestbed): readonly string[] => net.events.filter((e) => e.kind === "nat").map((e) => `${e.place} ${e.note}`);

/** Sends one datagram from a port and gives back the socket. */
function udp(net: NetTestbed, from: string, sport: number, to: string, dport: number): UdpSock {
  const sock = new UdpSock(net.host(from));
  sock.bind({ family: "inet", addr: ipOf("0.0.0.0"), port: sport });
  sock.send({ data: Uint8Array.of(1, 2, 3), to: { family: "inet", addr: ipOf(to), port: dport } }, 1);
  net.pass(0.1);
  return sock;
}

function listener(net: NetTestbed, host: string, port: number): UdpSock {
  const sock = new UdpSock(net.host(host));
  sock.bind({ family: "inet", addr: ipOf("0.0.0.0"), port });
  return sock;
}

const senderOf = (sock: UdpSock): string => {
  const got = sock.recv({ maxBytes: 100 });
  return typeof got === "string" || got.from?.family !== "inet" ? String(got) : `${got.from.addr >>> 24}.${(got.from.addr >> 16) & 255}.${(got.from.addr >> 8) & 255}.${got.from.addr & 255}:${got.from.port}`;
};

describe("source NAT", () => {
  it("masquerade: the server sees the router, the answer finds its client", () => {
    const net = lab();
    masquerade(net);
    const sock = net.ping("c1", "10.2.0.2");
    net.pass(0.1);
    expect(typeof sock.recv({ maxBytes: 1500 })).toBe("object");
    expect(natNotes(net)).toEqual(["r snat src 10.1.0.2 → 10.2.0.1", "r un-snat dst 10.2.0.1 → 10.1.0.2"]);
    expect(flows(net.host("r"))).toEqual([
      "icmp     1 29 src=10.1.0.2 dst=10.2.0.2 type=8 code=0 id=0 src=10.2.0.2 dst=10.2.0.1 type=0 code=0 id=0 mark=0 use=1",
    ]);
  });

  it("two clients with the same port: the second gets another one, both get their own answers", () => {
    const net = lab();
    masquerade(net);
    const server = listener(net, "srv", 53);
    udp(net, "c1", 5000, "10.2.0.2", 53);
    udp(net, "c2", 5000, "10.2.0.2", 53);
    expect(senderOf(server)).toBe("10.2.0.1:5000");
    const second = senderOf(server);
    expect(second).toMatch(/^10\.2\.0\.1:\d+$/);
    expect(second).not.toBe("10.2.0.1:5000");
    expect(Number(second.split(":")[1])).toBeGreaterThanOrEqual(1024);
  });

  it("the device of a masqueraded flow goes down: the flow ends", () => {
    const net = lab();
    masquerade(net);
    net.ping("c1", "10.2.0.2");
    net.pass(0.1);
    net.down("r", "right");
    expect(flows(net.host("r"))).toEqual([]);
  });
});

describe("destination NAT", () => {
  it("dnat with a port: the answer comes from the address that was asked", () => {
    const net = lab();
    const r = net.host("r");
    natChain(r, "prerouting", (skb, ct) => (ct.original.dst === ipOf("100.64.10.1") && skb.dev!.name === "br0" ? natTo(r, ct, "dst", ipOf("10.2.0.2"), 8080) : null));
    const server = listener(net, "srv", 8080);
    const client = udp(net, "c1", 5000, "100.64.10.1", 80);
    const got = server.recv({ maxBytes: 100 });
    expect(typeof got).toBe("object");
    server.send({ data: Uint8Array.of(9), to: { family: "inet", addr: ipOf("10.1.0.2"), port: 5000 } }, 1);
    routeInsert(net.host("srv"), defaultVia(net, "srv", "10.2.0.1"));
    server.send({ data: Uint8Array.of(9), to: { family: "inet", addr: ipOf("10.1.0.2"), port: 5000 } }, 1);
    net.pass(0.1);
    expect(senderOf(client)).toBe("100.64.10.1:80");
    expect(natNotes(net)).toEqual(["r dnat dst 100.64.10.1:80 → 10.2.0.2:8080", "r un-dnat src 10.2.0.2:8080 → 100.64.10.1:80"]);
  });

  it("redirect: the datagram ends at the router itself", () => {
    const net = lab();
    const r = net.host("r");
    natChain(r, "prerouting", (skb) => natRedirect(r, skb, { flags: 2, minProto: 5353, maxProto: 5353 }, "prerouting"));
    const local = listener(net, "r", 5353);
    udp(net, "c1", 5000, "10.2.0.2", 53);
    expect(senderOf(local)).toBe("10.1.0.2:5000");
  });

  it("at output: a packet made here is routed again after its destination changed", () => {
    const net = lab();
    const r = net.host("r");
    natChain(r, "output", (_skb, ct) => (ct.original.dst === ipOf("10.1.0.99") ? natTo(r, ct, "dst", ipOf("10.2.0.2")) : null));
    routeInsert(net.host("srv"), defaultVia(net, "srv", "10.2.0.1"));
    const sock = net.ping("r", "10.1.0.99");
    net.pass(0.1);
    const got = sock.recv({ maxBytes: 1500 });
    expect(typeof got).toBe("object");
    expect(natNotes(net)).toEqual(["r dnat dst 10.1.0.99 → 10.2.0.2", "r un-dnat src 10.2.0.2 → 10.1.0.99"]);
  });

  it("an ICMP error about a translated packet is translated too, outside and inside", () => {
    const net = lab();
    masquerade(net);
    const client = udp(net, "c1", 5000, "10.2.0.2", 9);
    client.setOption("IP_RECVERR", true);
    client.send({ data: Uint8Array.of(1), to: { family: "inet", addr: ipOf("10.2.0.2"), port: 9 } }, 1);
    net.pass(2);
    const error = client.recv({ maxBytes: 100, errorQueue: true });
    expect(typeof error === "string" ? error : error.error).toMatchObject({ type: 3, code: 3, errno: "ECONNREFUSED" });
    expect(natNotes(net)).toContain("r un-snat dst 10.2.0.1 → 10.1.0.2");
    expect(net.drops().filter((d) => d.startsWith("c1"))).toEqual([]);
  });
});
