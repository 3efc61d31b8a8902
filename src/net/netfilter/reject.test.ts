import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { CALLER } from "../../testing/nft-testbed.ts";
import { readU16, readU32, writeU16, writeU32 } from "../../wire/addr.ts";
import { checksum, fold16, pseudoSum, sum16 } from "../../wire/checksum.ts";
import { writeIpv4 } from "../../wire/ipv4.ts";
import { RawSock } from "../sock/raw.ts";
import type { NftFamily, NftHook, NftMsg } from "../uapi/nft.ts";
import type { NftExpr } from "../uapi/nft-expr.ts";
import { nftBatch } from "./nft/netlink.ts";

const ADD = { create: true, excl: false };

/** One chain with one rule on a machine. */
function rule(net: NetTestbed, host: string, family: NftFamily, hook: NftHook, ...exprs: readonly NftExpr[]): string {
  const devices = hook === "ingress" ? ["eth0"] : [];
  const messages: NftMsg[] = [
    { op: "table.new", nlm: ADD, family, name: "t", dormant: false, userdata: null },
    { op: "chain.new", nlm: ADD, family, table: "t", name: "c", type: "filter", hook: { hook, priority: 0, devices } },
    { op: "rule.new", nlm: ADD, family, table: "t", chain: "c", exprs, how: "append", userdata: null },
  ];
  return nftBatch(net.host(host), messages, false, CALLER).errors.map((e) => e.error).join(" ");
}

const reject = (kind: "icmp" | "icmpx" | "tcp-reset", code = 3): NftExpr => ({ op: "reject", kind, code });

function pair(): NetTestbed {
  const net = new NetTestbed();
  net.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  return net;
}

/** Sends one TCP segment of `flags` from a to b. */
function segment(net: NetTestbed, flags: number, data = 0): void {
  const bytes = new Uint8Array(40 + data);
  const [src, dst] = [ipOf("10.0.0.1"), ipOf("10.0.0.2")];
  writeIpv4(bytes, 0, { tos: 0, totalBytes: bytes.length, id: 1, frag: 0, ttl: 64, protocol: 6, src, dst });
  writeU16(bytes, 20, 4000);
  writeU16(bytes, 22, 80);
  writeU32(bytes, 24, 0xffffffff);
  writeU32(bytes, 28, 777);
  bytes[32] = 0x50;
  bytes[33] = flags;
  writeU16(bytes, 36, fold16(sum16(bytes, 20, bytes.length, pseudoSum(bytes, 0, 6, bytes.length - 20))));
  const sock = new RawSock(net.host("a"), 255);
  sock.setOption("IP_HDRINCL", true);
  sock.send({ data: bytes, to: { family: "inet", addr: dst, port: 0 } }, 1);
  net.pass(0.1);
}

/** The packets that b sent, from the IP header on. */
const sentByB = (net: NetTestbed): readonly Uint8Array[] =>
  net.events.filter((e) => e.kind === "l2.tx" && e.place === "b" && readU16(e.bytes!, 12) === 0x0800).map((e) => e.bytes!.subarray(14));

/** Type and code of ICMP errors that a got. */
const errorsAtA = (net: NetTestbed): readonly string[] =>
  sentByB(net).filter((p) => p[9] === 1).map((p) => `${p[20]}/${p[21]} sum ${checksum(p, 20, readU16(p, 2)) === 0 ? "right" : "wrong"}`);

test.each<[NftFamily, NftHook, NftExpr, string]>([
  ["ip", "input", reject("icmp"), "3/3"], ["ip", "input", reject("icmp", 13), "3/13"], ["ip", "prerouting", reject("icmp", 1), "3/1"],
  ["inet", "input", reject("icmpx", 0), "3/0"], ["inet", "input", reject("icmpx", 1), "3/3"], ["inet", "input", reject("icmpx", 2), "3/1"],
  ["inet", "prerouting", reject("icmpx", 3), "3/13"], ["netdev", "ingress", reject("icmpx", 3), "3/13"],
])("%s %s %o: the sender hears of it", (family, hook, expr, typeAndCode) => {
  const net = pair();
  expect(rule(net, "b", family, hook, { op: "payload", base: "nh", offset: 9, len: 1, dreg: 4 }, { op: "cmp", cmp: "eq", sreg: 4, data: Uint8Array.of(1) }, expr)).toBe("");
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(errorsAtA(net)).toEqual([`${typeAndCode} sum right`]);
});

test("the ip family drops without a word at icmpx, as it does not know it", () => {
  const net = pair();
  rule(net, "b", "ip", "input", reject("icmpx", 1));
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(errorsAtA(net)).toEqual([]);
});

const tcpOf = (p: Uint8Array): object => ({ ports: [readU16(p, 20), readU16(p, 22)], seq: readU32(p, 24), ack: readU32(p, 28), flags: p[33], ttl: p[8], sum: fold16(sum16(p, 20, 40, pseudoSum(p, 0, 6, 20))) });

test("tcp reset answers a SYN with RST ACK of the next sequence number, around the corner of 2^32", () => {
  const net = pair();
  rule(net, "b", "ip", "input", reject("tcp-reset"));
  segment(net, 0x02);
  expect(sentByB(net).map(tcpOf)).toEqual([{ ports: [80, 4000], seq: 0, ack: 0, flags: 0x14, ttl: 64, sum: 0 }]);
});

test("tcp reset answers an ACK with a bare RST at the acknowledged place", () => {
  const net = pair();
  rule(net, "b", "inet", "input", reject("tcp-reset"));
  segment(net, 0x18, 10);
  expect(sentByB(net).map(tcpOf)).toEqual([{ ports: [80, 4000], seq: 777, ack: 0, flags: 0x04, ttl: 64, sum: 0 }]);
});

test("a reset is not answered with a reset, nor is a ping", () => {
  const net = pair();
  rule(net, "b", "ip", "input", reject("tcp-reset"));
  segment(net, 0x04);
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(sentByB(net)).toEqual([]);
});

test("at a device's ingress the answer leaves by that device, addresses swapped", () => {
  const net = pair();
  rule(net, "b", "netdev", "ingress", { op: "payload", base: "nh", offset: 9, len: 1, dreg: 4 }, { op: "cmp", cmp: "eq", sreg: 4, data: Uint8Array.of(6) }, reject("tcp-reset"));
  segment(net, 0x02);
  expect(sentByB(net).map(tcpOf)).toMatchObject([{ ports: [80, 4000], flags: 0x14, sum: 0 }]);
});

test("in a bridge a frame is refused by the bridge itself, in the name of its destination", () => {
  const net = new NetTestbed();
  net.wire("a eth0 10.0.0.1/24", "s p1");
  net.wire("b eth0 10.0.0.2/24", "s p2");
  net.bridge("s", "br0", ["p1", "p2"]);
  rule(net, "s", "bridge", "prerouting", { op: "meta", key: "protocol", dreg: 4 }, { op: "cmp", cmp: "eq", sreg: 4, data: Uint8Array.of(8, 0) }, reject("icmpx", 3));
  net.ping("a", "10.0.0.2");
  net.pass(0.1);
  expect(net.frames().filter((f) => f.startsWith("s>p1 IP"))).toEqual(["s>p1 IP 10.0.0.2 > 10.0.0.1: proto 1 type 3 ttl 64"]);
});

test.each<[NftFamily, NftHook, NftExpr, string]>([
  ["ip", "postrouting", reject("icmp"), "EOPNOTSUPP"], ["bridge", "forward", reject("icmpx", 1), "EOPNOTSUPP"], ["arp", "input", reject("icmp"), "EOPNOTSUPP"], ["inet", "input", reject("icmpx", 4), "EINVAL"],
])("%s %s: %o is refused", (family, hook, expr, error) => {
  expect(rule(pair(), "b", family, hook, expr)).toBe(error);
});
