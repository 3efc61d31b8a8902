import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { IP_HLEN, ipDst, ipHeaderBytes, ipSrc, writeIpv4 } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import { PacketSock } from "../sock/packet.ts";
import { TABLE_MAIN } from "./fib.ts";
import { routeInsert } from "./fib-frontend.ts";

/** `ip route add PREFIX via GATEWAY dev DEV`. */
function newRouteTo(ns: Netns, prefix: string, gateway: string, dev: string): void {
  const [dst = "", len = "0"] = prefix.split("/");
  routeInsert(ns, {
    table: TABLE_MAIN, type: "unicast", dst: ipOf(dst), prefixLen: Number(len), tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
    nexthops: [{ dev: ns.device(dev)!, gateway: ipOf(gateway), weight: 1, onlink: false, scope: 253 }], metrics: new Map(), locked: new Set(),
  });
}

/** a 10.1.0.2 – r1 – r2 – b 10.3.0.2, all with source routes allowed; ICMP errors are not limited. */
function chain(): NetTestbed {
  const net = new NetTestbed();
  net.wire("a eth0 10.1.0.2/24", "r1 left 10.1.0.1/24");
  net.wire("r1 right 10.2.0.1/24", "r2 left 10.2.0.2/24");
  net.wire("r2 right 10.3.0.1/24", "b eth0 10.3.0.2/24");
  newRouteTo(net.host("a"), "0.0.0.0/0", "10.1.0.1", "eth0");
  newRouteTo(net.host("b"), "0.0.0.0/0", "10.3.0.1", "eth0");
  newRouteTo(net.host("r1"), "10.3.0.0/24", "10.2.0.2", "right");
  newRouteTo(net.host("r2"), "10.1.0.0/24", "10.2.0.1", "left");
  for (const name of ["a", "r1", "r2", "b"]) {
    const { ipv4, sysctl } = net.host(name);
    ipv4.icmpRatemask = 0;
    if (name.startsWith("r")) sysctl.get("net/ipv4/ip_forward")!.set!("1");
    sysctl.get("net/ipv4/conf/all/accept_source_route")!.set!("1");
    for (const dev of net.host(name).devices.values()) dev.in4!.conf.acceptSourceRoute = 1;
  }
  return net;
}

const ECHO = Uint8Array.from([8, 0, 0xf7, 0xff, 0, 0, 0, 0]);

/** Sends an echo request with options from a's wire; what comes back to a, in words: type, code, second word, options. */
function answer(net: NetTestbed, to: string, options: readonly number[], ttl = 64): string {
  const padded = Uint8Array.from([...options, ...new Array<number>((4 - (options.length % 4)) % 4).fill(0)]);
  const packet = new Uint8Array(IP_HLEN + padded.length + ECHO.length);
  writeIpv4(packet, 0, { tos: 0, totalBytes: packet.length, id: 7, frag: 0, ttl, protocol: 1, src: ipOf("10.1.0.2"), dst: ipOf(to), options: padded });
  packet.set(ECHO, IP_HLEN + padded.length);
  const eth = net.host("a").device("eth0")!;
  const sock = new PacketSock(net.host("a"), "dgram", 0x0800);
  sock.bind({ family: "packet", ifindex: eth.ifindex, protocol: 0x0800, pkttype: "host", mac: eth.mac, hatype: 1 });
  sock.send({ data: packet, to: { family: "packet", ifindex: eth.ifindex, protocol: 0x0800, pkttype: "host", mac: net.host("r1").device("left")!.mac, hatype: 1 } }, 0);
  net.pass(0.5);
  const got = sock.recv({ maxBytes: 2000 });
  sock.close();
  return typeof got === "string" ? "nothing" : describe(got.data);
}

function describe(data: Uint8Array): string {
  const at = ipHeaderBytes(data, 0);
  expect(checksum(data, 0, at)).toBe(0);
  const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  expect(formatIp4(ipDst(data, 0))).toBe("10.1.0.2");
  return `${data[at]}/${data[at + 1]} ${hex(data.subarray(at + 4, at + 8))} from ${formatIp4(ipSrc(data, 0))} ${hex(data.subarray(IP_HLEN, at))}`.trim();
}

const bytesOf = (address: string): readonly number[] => address.split(".").map(Number);
const LSRR = (...stops: readonly string[]): readonly number[] => [131, 3 + 4 * stops.length, 4, ...stops.flatMap(bytesOf)];
const SSRR = (...stops: readonly string[]): readonly number[] => [137, 3 + 4 * stops.length, 4, ...stops.flatMap(bytesOf)];

// What a real kernel answered to the same bytes.
test.each([
  ["no options", [], "0/0 00000000 from 10.1.0.1"],
  ["an option of length 0", [7, 0, 4, 0], "12/0 14000000 from 10.1.0.1"],
  ["an option of length 1", [1, 7, 1, 4], "12/0 15000000 from 10.1.0.1"],
  ["an option longer than the header", [1, 1, 7, 39], "12/0 16000000 from 10.1.0.1"],
  ["an unknown option that is too long", [1, 1, 200, 39], "12/0 16000000 from 10.1.0.1"],
  ["an unknown option", [200, 4, 0, 0], "0/0 00000000 from 10.1.0.1"],
  ["record route without room for its pointer", [7, 2, 1, 1], "12/0 15000000 from 10.1.0.1"],
  ["record route, pointer before the list", [7, 7, 3, 0, 0, 0, 0, 0], "12/0 16000000 from 10.1.0.1"],
  ["record route, pointer between addresses", [7, 7, 5, 0, 0, 0, 0, 0], "12/0 16000000 from 10.1.0.1"],
  ["record route, full", [7, 7, 8, 1, 2, 3, 4, 0], "0/0 00000000 from 10.1.0.1 0707080102030400"],
  ["timestamp that is too short", [68, 3, 5, 0], "12/0 15000000 from 10.1.0.1"],
  ["timestamp, pointer before the list", [68, 8, 4, 0, 0, 0, 0, 0], "12/0 16000000 from 10.1.0.1"],
  ["timestamp without room for an address", [68, 8, 5, 1, 0, 0, 0, 0], "12/0 16000000 from 10.1.0.1"],
  ["timestamp, sixteenth overflow", [68, 4, 5, 0xf0], "12/0 17000000 from 10.1.0.1"],
  ["router alert that is too short", [148, 3, 0, 0], "12/0 15000000 from 10.1.0.1"],
  ["router alert", [148, 4, 0, 0], "0/0 00000000 from 10.1.0.1"],
  ["two source routes", [131, 3, 4, 137, 3, 4, 0, 0], "12/0 17000000 from 10.1.0.1"],
  ["a source route cut in an address", [131, 6, 4, 1, 2, 3], "12/0 16000000 from 10.1.0.1"],
  ["loose route on to b → he answers by the same way", LSRR("10.3.0.2"), "0/0 00000000 from 10.3.0.2 8307080a01000100"],
  ["loose route to r1 himself, then b", LSRR("10.2.0.1", "10.3.0.2"), "0/0 00000000 from 10.3.0.2 830b0c0a0200010a01000100"],
  ["strict route to a neighbour", SSRR("10.2.0.2"), "0/0 00000000 from 10.2.0.2 8907080a01000100"],
  ["strict route to somebody who is none → source route failed", SSRR("10.3.0.2"), "3/5 00000000 from 10.1.0.1"],
])("%s: r1 answers as Linux does", (_title, options, expected) => {
  expect(answer(chain(), "10.1.0.1", options)).toBe(expected);
});

test("a bad option in a packet that only passes is told too", () => {
  expect(answer(chain(), "10.3.0.2", [7, 7, 3, 0, 0, 0, 0, 0])).toBe("12/0 16000000 from 10.1.0.1");
});

test("a strict route in a packet that is not for r1: parameter problem at the destination", () => {
  expect(answer(chain(), "10.3.0.2", SSRR("10.3.0.2"))).toBe("12/0 10000000 from 10.1.0.1");
});

test("time exceeded carries the route recorded so far", () => {
  expect(answer(chain(), "10.3.0.2", [7, 7, 4, 0, 0, 0, 0, 0], 1)).toBe("11/0 00000000 from 10.1.0.1 0707080a01000100");
});

test("source routes are dropped unless somebody allows them", () => {
  const net = chain();
  net.host("r1").ipv4.confAll.acceptSourceRoute = 0;
  net.host("r1").ipv4.confAll.logMartians = 1;
  expect(answer(net, "10.1.0.1", LSRR("10.3.0.2"))).toBe("nothing");
  expect(net.host("r1").world.klog.from(0).map((l) => l.text)).toEqual(["IPv4: source route option 10.1.0.2 -> 10.1.0.1"]);
});
