import { describe, expect, it } from "vitest";
import { routeInsert } from "../net/ipv4/fib-frontend.ts";
import { TABLE_MAIN } from "../net/ipv4/fib.ts";
import { nftBatch } from "../net/netfilter/nft/netlink.ts";
import { TcpSock } from "../net/sock/tcp/tcp-sock.ts";
import type { NftExpr } from "../net/uapi/nft.ts";
import { readU16, readU32 } from "../wire/addr.ts";
import { NetTestbed, ipOf } from "./net-testbed.ts";
import { CALLER, DROP, base, rule, table } from "./nft-testbed.ts";

/*
 * Machines a – r – b; r has the rule `ip length > 500 numgen inc mod N N-1 drop`: of the data segments every
 * N-th is lost, sent again or not. Which segments a sends again was recorded from the real kernel (veth pairs, gso_max_segs 1,
 * python's sendall, everything in one process' two threads), where it is the same in every run as long as no timer has
 * to help. Numbers count segments of 1448 bytes from 0.
 */

const MSS = 1448;
const HEADERS = 14 + 20 + 32;

/** `ip length > 500 numgen inc mod n == n-1 drop`. */
function everyNth(n: number): readonly NftExpr[] {
  return [
    { op: "payload", base: "nh", offset: 2, len: 2, dreg: 4 }, { op: "cmp", cmp: "gt", sreg: 4, data: Uint8Array.of(500 >> 8, 500 & 255) },
    { op: "numgen", kind: "inc", modulus: n, offset: 0, dreg: 4 }, { op: "cmp", cmp: "eq", sreg: 4, data: new Uint8Array(Uint32Array.of(n - 1).buffer) }, DROP,
  ];
}

function routed(n: number): NetTestbed {
  const bed = new NetTestbed();
  bed.wire("a e0 10.9.0.1/24", "r left 10.9.0.254/24");
  bed.wire("r right 10.8.0.254/24", "b e0 10.8.0.2/24");
  bed.host("r").sysctl.get("net/ipv4/ip_forward")!.set!("1");
  for (const [host, via] of [["a", "10.9.0.254"], ["b", "10.8.0.254"]] as const) {
    routeInsert(bed.host(host), {
      table: TABLE_MAIN, type: "unicast", dst: ipOf("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
      nexthops: [{ dev: bed.host(host).device("e0")!, gateway: ipOf(via), weight: 1, onlink: false, scope: 253 }], metrics: new Map(), locked: new Set(),
    });
  }
  bed.ping("a", "10.8.0.2");
  bed.pass(1);
  expect(nftBatch(bed.host("r"), [table(), base("f", "forward"), rule("f", everyNth(n))], true, CALLER).errors).toEqual([]);
  return bed;
}

/** Calls `work` now and whenever the socket has news. */
function whenever(sock: TcpSock, work: () => void): void {
  sock.waitQueue.add(work);
  work();
}

/** Sends `bytes` from a to b; which segments left a more than once, in that order. */
function sentAgain(algorithm: string, bytes: number, n: number): readonly number[] {
  const bed = routed(n);
  const listener = new TcpSock(bed.host("b"));
  listener.bind({ family: "inet", addr: ipOf("10.8.0.2"), port: 80 });
  listener.listen(1);
  listener.waitQueue.add(() => {
    const child = listener.accept();
    if (child instanceof TcpSock) whenever(child, () => child.recv({ maxBytes: 1 << 20 }));
  });
  const client = new TcpSock(bed.host("a"));
  client.setOption("TCP_CONGESTION", algorithm);
  client.connect({ family: "inet", addr: ipOf("10.8.0.2"), port: 80 }, 0);
  bed.pass(0.5);
  bed.events.length = 0;
  let left = bytes;
  whenever(client, () => {
    while (left > 0) {
      const taken = client.send({ data: new Uint8Array(left) }, 0);
      if (typeof taken === "string") return;
      left -= taken;
    }
  });
  bed.pass(20);
  const first = bed.events.find((e) => e.kind === "l2.tx" && e.place === "a" && e.wireLength > HEADERS)!;
  const zero = readU32(first.bytes!, 14 + 20 + 4);
  const seen = new Set<number>();
  return bed.events.filter((e) => e.kind === "l2.tx" && e.place === "a" && e.dev === "e0" && readU16(e.bytes!, 12) === 0x0800 && e.wireLength > HEADERS).flatMap((e) => {
    const segment = ((readU32(e.bytes!, 14 + 20 + 4) - zero) >>> 0) / MSS;
    if (seen.has(segment)) return [segment];
    seen.add(segment);
    return [];
  });
}

const RECORDED: readonly (readonly [string, number, number, readonly number[]])[] = [
  ["reno", 144_800, 10, [9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99]],
  ["cubic", 43_440, 10, [9, 18, 28]],
  ["reno", 144_800, 7, [6, 13, 18, 25, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 90, 96]],
  ["cubic", 434_400, 17, [16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 272, 288]],
  ["cubic", 434_400, 23, [22, 44, 66, 88, 110, 132, 154, 176, 198, 220, 242, 264, 286]],
];

/**
 * A cable here takes a little time, a veth none: a segment or two more are on the way when the hole is reported, so the one that
 * the rule hits next may be a neighbour.
 */
const NEIGHBOURS = 2;

describe("every N-th data segment is lost on the way: as many go again as on the real kernel, the same or their neighbours", () => {
  it.each(RECORDED)("%s, %i bytes, every %i-th", (algorithm, bytes, n, again) => {
    const got = sentAgain(algorithm, bytes, n);
    expect(got).toHaveLength(again.length);
    const far = got.flatMap((segment, i) => (Math.abs(segment - again[i]!) > NEIGHBOURS ? [`${segment} instead of ${again[i]}`] : []));
    expect(far).toEqual([]);
  });
});
