import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NetTestbed } from "../../testing/net-testbed.ts";
import { type Ip4, ip4, writeU16 } from "../../wire/addr.ts";
import { checksum, fold16, pseudoSum, sum16 } from "../../wire/checksum.ts";
import { ICMP_HLEN } from "../../wire/icmp.ts";
import { IP_HLEN, IPPROTO_ICMP, IPPROTO_TCP, writeIpv4 } from "../../wire/ipv4.ts";
import type { Skb } from "../core/skb.ts";
import type { Netns } from "../core/netns.ts";
import type { HookState } from "../core/hook.ts";
import { ctNetnsGet } from "./conntrack.ts";
import { ctOf } from "./ct-entry.ts";
import { natChain, natTo, tcpSkb, udpSkb } from "./nat-testbed.ts";

/* Reverse NAT gives every header back exactly as it would have been without NAT, checksums included. */

const address = fc.integer({ min: 0x0b000001, max: 0x0bfffffe }).map(ip4);
const port = fc.integer({ min: 1, max: 65535 });

interface Flow {
  readonly client: Ip4;
  readonly asked: Ip4;
  readonly backend: Ip4;
  readonly router: Ip4;
  readonly sport: number;
  readonly dport: number;
  readonly backendPort: number;
}
const flow = fc.record<Flow>({ client: address, asked: address, backend: address, router: address, sport: port, dport: port, backendPort: port })
  .filter((f) => new Set([f.client, f.asked, f.backend, f.router]).size === 4);

/** A router that DNATs `asked` to `backend` and SNATs to itself. */
function router(f: Flow): Netns {
  const ns = new NetTestbed().host("r");
  ns.world.trace = null;
  natChain(ns, "prerouting", (skb, ct) => (ct.original.dst === f.asked ? natTo(ns, ct, "dst", f.backend, hasPort(skb) ? f.backendPort : undefined) : null));
  natChain(ns, "postrouting", (_skb, ct) => natTo(ns, ct, "src", f.router));
  ctNetnsGet(ns, "ip");
  return ns;
}
const hasPort = (skb: Skb): boolean => skb.buf[skb.netAt + 9] !== IPPROTO_ICMP;

/** Both NAT points of a forwarded packet, as the hooks of the path would run. */
function forward(ns: Netns, skb: Skb): boolean {
  for (const point of ["prerouting", "postrouting"] as const) {
    const state: HookState = { family: "ip", point, indev: null, outdev: ns.loopback, next: () => undefined };
    for (const hook of ns.hooks.at("ip", point)) if (hook.run(ns, skb, state) !== "accept") return false;
  }
  return true;
}

const bytesOf = (skb: Skb): number[] => [...skb.buf.subarray(skb.netAt, skb.end)];

function checksumsAreRight(skb: Skb): boolean {
  const { buf, netAt, end } = skb;
  const at = netAt + IP_HLEN;
  const protocol = buf[netAt + 9]!;
  if (checksum(buf, netAt, at) !== 0) return false;
  if (protocol === IPPROTO_ICMP) return checksum(buf, at, end) === 0;
  return fold16(sum16(buf, at, end, pseudoSum(buf, netAt, protocol, end - at))) === 0;
}

function sumTcp(skb: Skb): Skb {
  const at = skb.netAt + IP_HLEN;
  writeU16(skb.buf, at + 16, 0);
  writeU16(skb.buf, at + 16, fold16(sum16(skb.buf, at, skb.end, pseudoSum(skb.buf, skb.netAt, IPPROTO_TCP, skb.end - at))));
  return skb;
}

/** An ICMP error from `from` that quotes the first `quoted` bytes of a packet. */
function errorAbout(ns: Netns, about: Skb, from: Ip4, to: Ip4, quoted: number): Skb {
  const inner = about.buf.slice(about.netAt, Math.min(about.end, about.netAt + quoted));
  const skb = ns.world.alloc(IP_HLEN + ICMP_HLEN + inner.length);
  skb.buf.fill(0, skb.start, skb.end);
  skb.netAt = skb.start;
  writeIpv4(skb.buf, skb.start, { tos: 0, totalBytes: skb.length, id: 9, frag: 0, ttl: 64, protocol: IPPROTO_ICMP, src: from, dst: to });
  const at = skb.start + IP_HLEN;
  skb.buf.set([3, 1], at);
  skb.buf.set(inner, at + ICMP_HLEN);
  writeU16(skb.buf, at + 2, checksum(skb.buf, at, skb.end));
  return skb;
}

describe("NAT there and back", () => {
  it("UDP: the answer arrives as if the asked address had sent it, byte for byte", () => {
    fc.assert(fc.property(flow, fc.integer({ min: 0, max: 40 }), (f, size) => {
      const ns = router(f);
      const there = udpSkb(ns, f.client, f.sport, f.asked, f.dport, size);
      expect(forward(ns, there) && checksumsAreRight(there)).toBe(true);
      expect(bytesOf(there)).toEqual(bytesOf(udpSkb(ns, f.router, f.sport, f.backend, f.backendPort, size)));
      const back = udpSkb(ns, f.backend, f.backendPort, f.router, f.sport, size);
      expect(forward(ns, back)).toBe(true);
      expect(bytesOf(back)).toEqual(bytesOf(udpSkb(ns, f.asked, f.dport, f.client, f.sport, size)));
    }), { numRuns: 150 });
  });

  it("TCP: the same, for a SYN and its SYN/ACK", () => {
    fc.assert(fc.property(flow, fc.integer({ min: 0, max: 0xffffffff }), (f, seq) => {
      const ns = router(f);
      const there = sumTcp(tcpSkb(ns, f.client, f.sport, f.asked, f.dport, { flags: 2, seq }));
      expect(forward(ns, there) && checksumsAreRight(there)).toBe(true);
      const answer = { flags: 0x12, seq: 5, ack: (seq + 1) >>> 0 };
      const back = sumTcp(tcpSkb(ns, f.backend, f.backendPort, f.router, f.sport, answer));
      expect(forward(ns, back)).toBe(true);
      expect(bytesOf(back)).toEqual(bytesOf(sumTcp(tcpSkb(ns, f.asked, f.dport, f.client, f.sport, answer))));
    }), { numRuns: 100 });
  });

  it("an ICMP error quotes the packet that the client sent, with the checksums it had", () => {
    fc.assert(fc.property(flow, fc.constantFrom(28, 32, 60), (f, quoted) => {
      const ns = router(f);
      const sent = udpSkb(ns, f.client, f.sport, f.asked, f.dport, 12);
      const asSent = bytesOf(sent);
      forward(ns, sent);
      const error = errorAbout(ns, sent, f.backend, f.router, quoted);
      expect(forward(ns, error) && ctOf(error) !== null && checksumsAreRight(error)).toBe(true);
      expect(bytesOf(error).slice(16, 20)).toEqual(asSent.slice(12, 16));
      expect(bytesOf(error).slice(IP_HLEN + ICMP_HLEN)).toEqual(asSent.slice(0, quoted));
    }), { numRuns: 150 });
  });

  it("a damaged checksum stays damaged", () => {
    fc.assert(fc.property(flow, fc.integer({ min: 1, max: 0xfffe }), (f, damage) => {
      const ns = router(f);
      ns.nf.ct.sysctl.checksum = 0;
      const there = udpSkb(ns, f.client, f.sport, f.asked, f.dport, 8);
      const at = there.netAt + IP_HLEN + 6;
      const sum = ((there.buf[at]! << 8) | there.buf[at + 1]!) ^ damage;
      fc.pre(sum !== 0 && sum !== 0xffff);
      writeU16(there.buf, at, sum);
      forward(ns, there);
      expect(checksumsAreRight(there)).toBe(false);
    }), { numRuns: 100 });
  });

  it("an absent UDP checksum stays absent", () => {
    const ns = router({ client: ip4(0x0b000001), asked: ip4(0x0b000002), backend: ip4(0x0b000003), router: ip4(0x0b000004), sport: 1, dport: 2, backendPort: 3 });
    const there = udpSkb(ns, ip4(0x0b000001), 1, ip4(0x0b000002), 2);
    writeU16(there.buf, there.netAt + IP_HLEN + 6, 0);
    forward(ns, there);
    expect([...there.buf.subarray(there.netAt + IP_HLEN, there.netAt + IP_HLEN + 8)]).toEqual([0, 1, 0, 3, 0, 12, 0, 0]);
  });
});
