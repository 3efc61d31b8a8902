import { describe, expect, test } from "vitest";
import { classify, describe as sentence, innermost, shells } from "./classify.ts";
import { arpFrame, icmpFrame, tcpFrame, vxlanFrame } from "./topology-fixture.ts";

const look = (bytes: Uint8Array) => classify(bytes, 14);
const text = (words: string): number[] => [...words].map((ch) => ch.charCodeAt(0));

describe("shape and letter from bytes", () => {
  test.each([
    ["echo request", icmpFrame(8, "1.1.1.1", "2.2.2.2"), "icmp", "E", false],
    ["echo reply", icmpFrame(0, "1.1.1.1", "2.2.2.2"), "icmp", "R", true],
    ["time exceeded", icmpFrame(11, "1.1.1.1", "2.2.2.2"), "icmp", "!", true],
    ["ARP request", arpFrame(1, "1.1.1.1", "2.2.2.2"), "arp", "?", false],
    ["ARP reply", arpFrame(2, "1.1.1.1", "2.2.2.2"), "arp", "=", true],
    ["SYN", tcpFrame(2), "tcp", "S", false],
    ["SYN ACK", tcpFrame(18), "tcp", "SA", true],
    ["pure ACK", tcpFrame(16), "tcp", "A", false],
    ["data", tcpFrame(24, [1, 2, 3]), "tcp", "D", false],
    ["FIN", tcpFrame(17), "tcp", "F", false],
    ["RST", tcpFrame(20), "tcp", "X", false],
    ["HTTP request", tcpFrame(24, text("GET / HTTP/1.1\r\n")), "http", "G", false],
    ["HTTP answer 502", tcpFrame(24, text("HTTP/1.1 502 Bad Gateway\r\n")), "http", "5", true],
  ] as const)("%s", (_name, bytes, kind, letter, reply) => {
    expect(look(bytes)).toMatchObject({ kind, letter, reply });
  });

  test("VXLAN carries the inner packet and its VNI; the sizes differ by 50", () => {
    const inner = icmpFrame(8, "11.10.128.2", "11.11.0.2");
    const outer = look(vxlanFrame(inner, "10.0.0.3", "10.0.0.4"));
    expect(outer).toMatchObject({ kind: "vxlan", vni: 100, from: "10.0.0.3", to: "10.0.0.4", lengthBytes: 148, inner: { letter: "E", lengthBytes: 98 } });
    expect(outer && innermost(outer).to).toBe("11.11.0.2");
    expect(outer && shells(outer)).toBe(1);
  });

  test("a bare IP packet, as inside the kernel, is read without Ethernet header", () => {
    expect(classify(icmpFrame(8, "1.1.1.1", "2.2.2.2").subarray(14), 0)).toMatchObject({ letter: "E", lengthBytes: 84 });
  });

  test("a packet that is being wrapped has its shell already, but no outer addresses", () => {
    const outer = vxlanFrame(icmpFrame(8, "11.10.128.2", "11.11.0.2"), "10.0.0.3", "10.0.0.4");
    expect(classify(outer.subarray(34), 30)).toMatchObject({ kind: "vxlan", vni: 100, from: "", lengthBytes: 148, inner: { letter: "E", lengthBytes: 98 } });
  });

  test("a shell adds the same 50 bytes before its Ethernet header is written", () => {
    const outer = vxlanFrame(icmpFrame(8, "11.10.128.2", "11.11.0.2"), "10.0.0.3", "10.0.0.4");
    expect(classify(outer.subarray(14), 0)).toMatchObject({ kind: "vxlan", lengthBytes: 148 });
  });

  test("an offset that cannot be is found out from the bytes", () => {
    expect(classify(icmpFrame(8, "1.1.1.1", "2.2.2.2"), 220)).toMatchObject({ letter: "E", lengthBytes: 98 });
    expect(classify(icmpFrame(8, "1.1.1.1", "2.2.2.2").subarray(14), -36)).toMatchObject({ letter: "E", lengthBytes: 84 });
  });

  test("port 8472 without a valid VXLAN header is plain UDP", () => {
    const frame = vxlanFrame(icmpFrame(8, "1.1.1.1", "2.2.2.2"), "10.0.0.3", "10.0.0.4");
    frame[42] = 0;
    expect(look(frame)).toMatchObject({ kind: "udp", letter: "U", inner: null });
  });

  test("too few bytes are no packet, an unknown EtherType is named", () => {
    expect(look(new Uint8Array(10))).toBeNull();
    const frame = icmpFrame(8, "1.1.1.1", "2.2.2.2");
    frame[12] = 0x88;
    frame[13] = 0xcc;
    expect(look(frame)).toMatchObject({ kind: "other", what: "EtherType 0x88cc" });
  });

  test("tunnels inside tunnels end somewhere", () => {
    let frame = icmpFrame(8, "1.1.1.1", "2.2.2.2");
    for (let i = 0; i < 9; i++) frame = vxlanFrame(frame, "10.0.0.3", "10.0.0.4");
    const outer = look(frame);
    expect(outer && shells(outer)).toBe(4);
  });

  test("the sentence for screen readers names outer and inner", () => {
    const outer = look(vxlanFrame(icmpFrame(8, "11.10.128.2", "11.11.0.2"), "10.0.0.3", "10.0.0.4"));
    expect(outer && sentence(outer)).toBe("UDP 8472 VNI 100, 10.0.0.3 to 10.0.0.4 carrying ICMP echo request, 11.10.128.2 to 11.11.0.2");
  });
});
