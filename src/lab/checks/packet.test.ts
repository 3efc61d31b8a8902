import { expect, test } from "vitest";
import { Packet } from "./packet.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replace(/\s/g, "").match(/../g) ?? [], (byte) => parseInt(byte, 16));

const ETHER = "3a6700000001 8e0000000002 0800";
/** 11.10.128.2 > 11.11.0.2: ICMP echo request, seq 3, ttl 62. */
const ECHO = "4500001c00014000 3e010000 0b0a8002 0b0b0002  0800000000070003";
/** 10.0.0.3.40000 > 10.0.0.4.8472: VXLAN, VNI 100. */
const OUTER = "4500004e00000000 40110000 0a000003 0a000004  9c402118003a0000  0800000000006400";
const ARP = "ffffffffffff 8e0000000002 0806  0001080006040001 8e0000000002 0b0a8002 000000000000 0b0a8001";

test("fields are read from the outermost packet", () => {
  const echo = new Packet(bytes(ETHER + ECHO), 14);
  expect(["eth.src", "ip.src", "ip.dst", "ip.ttl", "icmp.type", "icmp.seq"].map((f) => echo.field(f as "ip.src"))).toEqual(["8e:00:00:00:00:02", "11.10.128.2", "11.11.0.2", "62", "8", "3"]);
  expect(echo.field("udp.dport")).toBeNull();
});

test("a ping inside VXLAN is UDP on the wire, not ICMP", () => {
  const outer = new Packet(bytes(ETHER + OUTER + ETHER + ECHO), 14);
  expect((["icmp", "udp", "vxlan", "ip", "arp"] as const).map((p) => outer.is(p))).toEqual([false, true, true, true, false]);
  expect([outer.field("ip.src"), outer.field("udp.dport"), outer.field("vxlan.vni")]).toEqual(["10.0.0.3", "8472", "100"]);
});

test("ARP has addresses too, and touches both", () => {
  const arp = new Packet(bytes(ARP), 14);
  expect([arp.is("arp"), arp.is("ip"), arp.field("arp.op"), arp.touches("11.10.128.1"), arp.touches("11.10.128.3")]).toEqual([true, false, "1", true, false]);
});

test("a packet without Ethernet header, or cut short, is read as far as it goes", () => {
  expect(new Packet(bytes(ECHO), 0).field("ip.src")).toBe("11.10.128.2");
  expect(new Packet(bytes(ETHER + "45000000"), 14).field("ip.src")).toBeNull();
  expect(new Packet(bytes(ETHER + ECHO).subarray(0, 36), 14).is("icmp")).toBe(false);
});
