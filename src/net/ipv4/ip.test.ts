import fc from "fast-check";
import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { readU16 } from "../../wire/addr.ts";
import { devSetMtu } from "../core/dev.ts";
import { PacketSock } from "../sock/packet.ts";
import { routeInsert } from "./fib-frontend.ts";
import { dstMtu, routeOutput } from "./route.ts";
import { type Route, TABLE_MAIN } from "./fib.ts";

/** a – r – b, with r forwarding. */
function routed(): NetTestbed {
  const net = new NetTestbed();
  net.wire("a eth0 10.1.0.2/24", "r left 10.1.0.1/24");
  net.wire("r right 10.2.0.1/24", "b eth0 10.2.0.2/24");
  net.host("r").sysctl.get("net/ipv4/ip_forward")!.set!("1");
  for (const [host, via] of [["a", "10.1.0.1"], ["b", "10.2.0.1"]] as const) routeInsert(net.host(host), defaultVia(net, host, via));
  return net;
}

function defaultVia(net: NetTestbed, host: string, via: string): Route {
  const dev = net.host(host).device("eth0")!;
  return {
    table: TABLE_MAIN, type: "unicast", dst: ipOf("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
    nexthops: [{ dev, gateway: ipOf(via), weight: 1, onlink: false, scope: 253 }], metrics: new Map(), locked: new Set(),
  } as Route;
}

test("a router lowers the TTL by one each way", () => {
  const net = routed();
  const sock = net.ping("a", "10.2.0.2");
  net.pass(0.1);
  const got = sock.recv({ maxBytes: 1500 });
  expect(typeof got === "string" ? got : got.data[8]).toBe(63);
  expect(net.events.filter((e) => e.kind === "ttl").map((e) => e.note)).toEqual(["ttl 64 → 63", "ttl 64 → 63"]);
});

test("ttl 1 dies at the router, who says so", () => {
  const net = routed();
  const sock = net.ping("a", "10.2.0.2");
  sock.setOption("IP_TTL", 1);
  net.pass(0.1);
  sock.recv({ maxBytes: 1500 });
  sock.send({ data: Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0), to: { family: "inet", addr: ipOf("10.2.0.2"), port: 0 } }, 1);
  net.pass(0.1);
  expect(net.drops()).toContain("r TTL_EXPIRED");
  sock.recv({ maxBytes: 1500 });
  const error = sock.recv({ maxBytes: 1500, errorQueue: true });
  expect(typeof error === "string" ? error : error.error).toMatchObject({ type: 11, code: 0, errno: "EHOSTUNREACH" });
});

test("no forwarding: the packet is lost without a word", () => {
  const net = routed();
  net.host("r").sysctl.get("net/ipv4/ip_forward")!.set!("0");
  net.ping("a", "10.2.0.2");
  net.pass(1);
  expect(net.drops()).toEqual(["r FORWARD_OFF"]);
});

test("a packet larger than the next link is cut by the router and put together at the end", () => {
  const net = routed();
  for (const [host, dev] of [["r", "right"], ["b", "eth0"]] as const) devSetMtu(net.host(host).device(dev)!, 576);
  const sock = net.ping("a", "10.2.0.2", 1400);
  sock.setOption("IP_MTU_DISCOVER", "dont");
  net.pass(0.1);
  for (const errorQueue of [true, false]) while (sock.recv({ maxBytes: 1, errorQueue }) !== "EAGAIN");
  const data = new Uint8Array(1400);
  data.set([8, 0, 0xf7, 0xff]);
  sock.send({ data, to: { family: "inet", addr: ipOf("10.2.0.2"), port: 0 } }, 1);
  net.pass(0.1);
  expect(net.events.filter((e) => e.kind === "frag").length).toBeGreaterThan(0);
  expect(net.events.filter((e) => e.kind === "defrag").map((e) => e.place)).toContain("b");
  const got = sock.recv({ maxBytes: 65535 });
  expect(typeof got === "string" ? got : got.data.length).toBe(1420);
});

test("DF and too large: the router names its MTU, the sender learns it", () => {
  const net = routed();
  devSetMtu(net.host("r").device("right")!, 1000);
  const sock = net.ping("a", "10.2.0.2", 1400);
  net.pass(0.1);
  const error = (sock.recv({ maxBytes: 1500 }), sock.recv({ maxBytes: 1500, errorQueue: true }));
  expect(typeof error === "string" ? error : error.error).toMatchObject({ errno: "EMSGSIZE", type: 3, code: 4, info: 1000 });
  const dst = routeOutput(net.host("a"), { daddr: ipOf("10.2.0.2") });
  expect(typeof dst === "string" ? dst : dstMtu(net.host("a"), dst, ipOf("10.2.0.2"))).toBe(1000);
});

test("unroutable at one a second: four errors, then silence (the peer's tokens are spent two at a time)", () => {
  const net = routed();
  let errors = 0;
  for (let i = 0; i < 10; i++) {
    const sock = net.ping("a", "99.0.0.1");
    net.pass(1);
    while (typeof sock.recv({ maxBytes: 1500, errorQueue: true }) !== "string") errors++;
    sock.close();
  }
  expect(errors).toBe(4);
});

test("every header that leaves has a right checksum", () => {
  const net = routed();
  for (const bytes of [8, 64, 1400]) net.ping("a", "10.2.0.2", bytes);
  net.pass(0.1);
  const headers = net.events.filter((e) => e.kind === "l2.tx" && readU16(e.bytes!, 12) === 0x0800).map((e) => e.bytes!.subarray(14, 34));
  for (const h of headers) {
    let sum = 0;
    for (let i = 0; i < 20; i += 2) sum += readU16(h, i);
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
  }
  expect(headers.length).toBe(12);
});

test("property: no sequence of bytes on the wire stops the machine", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 14, maxLength: 120 }), { minLength: 1, maxLength: 20 }), fc.constantFrom(0x0800, 0x0806, 0x86dd), (frames, type) => {
    const net = routed();
    const inject = new PacketSock(net.host("a"), "raw", 0);
    const eth = net.host("a").device("eth0")!;
    inject.bind({ family: "packet", ifindex: eth.ifindex, protocol: 0, pkttype: "host", mac: eth.mac, hatype: 1 });
    for (const frame of frames) {
      frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, type >> 8, type & 255]);
      if (type === 0x0800 && frame.length > 14) frame[14] = 0x45;
      inject.send({ data: frame }, 0);
      net.pass(0.001);
    }
    const sock = net.ping("a", "10.2.0.2");
    net.pass(3);
    expect(typeof sock.recv({ maxBytes: 1500 })).toBe("object");
  }), { numRuns: 60 });
});
