import { describe, expect, it } from "vitest";
import { NetTestbed } from "../testing/net-testbed.ts";
import { formatIp4, parseIp4, parseMac, type Ip4 } from "../wire/addr.ts";
import type { Netns } from "./core/netns.ts";
import { rtnlRequest } from "./rtnl.ts";
import { RtnlSocket } from "./rtnl-socket.ts";
import { isRtnlError, type RouteSpec, type RtnlGroup, type RtnlReply, type RtnlRequest } from "./uapi/rtnetlink.ts";

const ip = (text: string): Ip4 => parseIp4(text)!;
const ADD = { create: true, exclusive: true, replace: false, append: false } as const;

/** Asks in a namespace; `{ fd: n }` names the n-th of `others`. */
function ask(ns: Netns, request: RtnlRequest, others: readonly Netns[] = []): RtnlReply {
  return rtnlRequest({ ns, journey: 0, netnsOf: (ref) => ("fd" in ref ? (others[ref.fd] ?? "EINVAL") : "ESRCH") }, request);
}

const text = (reply: RtnlReply): string => (isRtnlError(reply) ? `${reply.error}: ${reply.message ?? ""}` : `${reply.items.length} rows`);

/** What a subscriber heard, one line a message. */
function heard(socket: RtnlSocket): string[] {
  const lines: string[] = [];
  for (let e = socket.receive(); typeof e !== "string"; e = socket.receive()) {
    const { item } = e;
    const what = item.is === "link" ? item.link.name : item.is === "neigh" ? formatIp4(item.neigh.ip) : item.is === "route" ? `${formatIp4(item.route.dst)}/${item.route.prefixLen}` : item.is === "addr" ? formatIp4(item.addr.local) : item.is;
    lines.push(`${e.is} ${e.group} ${what}`);
  }
  return lines;
}

function listening(...groups: RtnlGroup[]) {
  const bed = new NetTestbed();
  const a = bed.host("a");
  return { bed, a, b: bed.host("b"), socket: new RtnlSocket(a, groups) };
}

const via = (dst: string, gateway: string): RouteSpec => ({
  table: 254, type: "unicast", dst: ip(dst), prefixLen: 16, tos: 0, protocol: 3, scope: 0, nexthops: [{ gateway: ip(gateway) }], multipath: false, metrics: new Map(), locked: new Set(),
});

describe("what listeners hear", () => {
  it("a veth is made → the peer is told of first", () => {
    const { a, socket } = listening("link");
    ask(a, { op: "link.new", target: { name: "v0" }, flags: ADD, attrs: { name: "v0" }, info: { kind: "veth", peer: { name: "v1" } } });
    expect(heard(socket)).toEqual(["new link v1", "new link v0"]);
  });

  it("an address comes before the routes it brings, a route that is replaced is told once", () => {
    const { bed, a, socket } = listening("addr", "route");
    bed.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
    ask(a, { op: "route.new", flags: ADD, route: via("10.1.0.0", "10.0.0.2") });
    ask(a, { op: "route.new", flags: { ...ADD, exclusive: false, replace: true }, route: via("10.1.0.0", "10.0.0.3") });
    expect(heard(socket)).toEqual(["new addr 10.0.0.1", "new route 10.0.0.1/32", "new route 10.0.0.0/24", "new route 10.0.0.255/32", "new route 10.1.0.0/16", "new route 10.1.0.0/16"]);
  });

  it("nobody reads for long → some messages are lost, and that is said once", () => {
    const { a, socket } = listening("link");
    for (let i = 0; i < 5000; i++) a.tell({ group: "link", is: "new", dev: a.loopback });
    expect(socket.receive()).toBe("ENOBUFS");
    expect(typeof socket.receive()).toBe("object");
  });

  it("a closed socket hears nothing any more", () => {
    const { a, socket } = listening("link");
    socket.close();
    a.tell({ group: "link", is: "new", dev: a.loopback });
    expect(socket.receive()).toBe("EAGAIN");
  });
});

describe("namespaces", () => {
  it("an end of a veth moves away → each side has a number for the other", () => {
    const { a, b } = listening();
    ask(a, { op: "link.new", target: { name: "v0" }, flags: ADD, attrs: { name: "v0" }, info: { kind: "veth", peer: { name: "v1" } } });
    ask(a, { op: "link.new", target: { name: "v1" }, flags: { ...ADD, create: false, exclusive: false }, attrs: { netns: { fd: 0 } } }, [b]);
    const reply = ask(b, { op: "link.get", target: { name: "v1" } });
    expect(isRtnlError(reply) ? reply : reply.items[0]).toMatchObject({ link: { ifindex: 2, link: 3, linkNetnsid: 0 } });
    expect(text(ask(a, { op: "nsid.set", netns: { fd: 0 }, id: 5 }, [b]))).toBe("EEXIST: Peer netns already has a nsid assigned");
  });

  it("what is no namespace cannot be asked about", () => {
    const { a } = listening();
    expect(text(ask(a, { op: "nsid.get", netns: { fd: 3 } }))).toBe("EINVAL: Peer netns reference is invalid");
  });
});

describe("refusals leave nothing behind", () => {
  it("the second name of a pair is taken → the peer is gone again", () => {
    const { a } = listening();
    const veth = (name: string, peer: string): RtnlReply => ask(a, { op: "link.new", target: { name }, flags: ADD, attrs: { name }, info: { kind: "veth", peer: { name: peer } } });
    expect(text(veth("v0", "v1"))).toBe("0 rows");
    expect(text(veth("v2", "v1"))).toBe("EEXIST: ");
    expect([...a.devices.keys()]).toEqual(["lo", "v1", "v0"]);
  });

  it("a VNI that another device has → no device", () => {
    const { a } = listening();
    const vxlan = (name: string): RtnlReply => ask(a, { op: "link.new", target: { name }, flags: ADD, attrs: { name }, info: { kind: "vxlan", options: { vni: 7, dstPort: 8472 } } });
    expect([vxlan("x0"), vxlan("x1")].map(text)).toEqual(["0 rows", "EEXIST: A VXLAN device with the specified VNI already exists"]);
    expect(a.device("x1")).toBeUndefined();
  });

  it("only groups and the zero address may have several remotes", () => {
    const { a } = listening();
    ask(a, { op: "link.new", target: { name: "x0" }, flags: ADD, attrs: { name: "x0" }, info: { kind: "vxlan", options: { vni: 7, dstPort: 8472 } } });
    const { ifindex } = a.device("x0")!;
    const append = (mac: string, dst: string): RtnlReply => ask(a, { op: "fdb.new", flags: { ...ADD, exclusive: false, append: true }, fdb: { mac: parseMac(mac)!, ifindex, self: true, master: false, state: "permanent", dst: ip(dst) } });
    for (const dst of ["10.0.0.1", "10.0.0.2"]) for (const mac of ["00:00:00:00:00:00", "02:00:00:00:00:01"]) append(mac, dst);
    expect(text(ask(a, { op: "fdb.dump", ifindex }))).toBe("3 rows");
  });
});
