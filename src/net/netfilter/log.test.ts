import { expect, test } from "vitest";
import { NF_LOG_IPOPT, NF_LOG_MACDECODE, NF_LOG_TCPOPT, NF_LOG_TCPSEQ, NF_LOG_UID } from "../uapi/nft-expr.ts";
import { logLine } from "./log.ts";
import { EvalTestbed } from "../../testing/eval-testbed.ts";

const about = (prefix: string, flags = 0): { prefix: string; level: number; flags: number } => ({ prefix, level: 4, flags });

test("a ping that leaves", () => {
  const t = new EvalTestbed();
  expect(logLine(t.icmp(), "ip", null, t.ns.loopback, about("out: ")))
    .toBe("out: IN= OUT=lo SRC=10.0.0.1 DST=10.0.0.2 LEN=28 TOS=0x00 PREC=0x00 TTL=64 ID=7 PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=1 ");
});

test("a segment that came in: Ethernet header, flags, sequence numbers and options when asked", () => {
  const t = new EvalTestbed();
  const skb = t.tcp(4000, 80, 0x12, Uint8Array.of(2, 4, 5, 0xb4));
  const mac = "MAC=02:00:00:00:00:02:02:00:00:00:00:01:08:00 ";
  const ip = "SRC=10.0.0.1 DST=10.0.0.2 LEN=44 TOS=0x00 PREC=0x00 TTL=64 ID=7 PROTO=TCP SPT=4000 DPT=80 ";
  expect(logLine(skb, "ip", t.ns.loopback, null, about(""))).toBe(`IN=lo OUT= ${mac}${ip}WINDOW=0 RES=0x00 ACK SYN URGP=0 `);
  expect(logLine(skb, "ip", t.ns.loopback, null, about("", NF_LOG_TCPSEQ | NF_LOG_TCPOPT)))
    .toBe(`IN=lo OUT= ${mac}${ip}SEQ=1000 ACK=0 WINDOW=0 RES=0x00 ACK SYN URGP=0 OPT (020405B4) `);
});

test("mark, user, IP options, fragments", () => {
  const t = new EvalTestbed();
  const skb = t.udp(1, 2, 4, { options: Uint8Array.of(1, 1, 1, 0) });
  skb.mark = 0x2a;
  skb.sk = { uid: 1000, gid: 100, mark: 0, transparent: false, wildcard: false };
  expect(logLine(skb, "ip", null, t.ns.loopback, about("", NF_LOG_UID | NF_LOG_IPOPT)))
    .toBe("IN= OUT=lo SRC=10.0.0.1 DST=10.0.0.2 LEN=36 TOS=0x00 PREC=0x00 TTL=64 ID=7 OPT (01010100) PROTO=UDP SPT=1 DPT=2 LEN=12 UID=1000 GID=100 MARK=0x2a ");
  expect(logLine(t.udp(1, 2, 4, { frag: 0x2003 }), "ip", null, t.ns.loopback, about("")))
    .toContain("MF FRAG:3 PROTO=UDP ");
});

test("an ICMP error quotes the packet it is about, once", () => {
  const t = new EvalTestbed();
  const quoted = t.udp(1000, 53);
  const inner = quoted.buf.slice(quoted.netAt, quoted.end);
  const skb = t.ip(1, Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, ...inner));
  expect(logLine(skb, "ip", null, t.ns.loopback, about(""))).toBe(
    "IN= OUT=lo SRC=10.0.0.1 DST=10.0.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=7 PROTO=ICMP TYPE=3 CODE=3 "
    + "[SRC=10.0.0.1 DST=10.0.0.2 LEN=32 TOS=0x00 PREC=0x00 TTL=64 ID=7 PROTO=UDP SPT=1000 DPT=53 LEN=12 ] ");
});

test("the Ethernet header in words; ARP", () => {
  const t = new EvalTestbed();
  const eth = t.ethernet();
  expect(logLine(t.icmp(), "ip", eth, null, about("", NF_LOG_MACDECODE))).toContain("MACSRC=02:00:00:00:00:01 MACDST=02:00:00:00:00:02 MACPROTO=0800 SRC=");
  const arp = t.ip(0, new Uint8Array(8));
  arp.buf.set([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2], arp.netAt);
  expect(logLine(arp, "arp", eth, null, about("")))
    .toBe("IN=eth0 OUT= ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=02:00:00:00:00:01 IPSRC=10.0.0.1 MACDST=00:00:00:00:00:00 IPDST=10.0.0.2");
});
