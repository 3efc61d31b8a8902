import { describe, expect, test } from "vitest";
import { LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from "../../../wire/pcap.ts";
import { filterNames } from "../names.ts";
import { compileFilter } from "./compile.ts";

const names = filterNames("127.0.0.1 localhost\n10.0.0.2 w2 worker2\n::1 localhost");
const compile = (text: string, linkType = LINKTYPE_ETHERNET, live = false): ReturnType<typeof compileFilter> =>
  compileFilter(text, { linkType, names, netmask: 0, live });

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replace(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));
const MACS = "020000000002 020000000001";
const FRAMES: Readonly<Record<string, Uint8Array>> = {
  arp: bytes(`ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000001 000000000000 0a000002`),
  ping: bytes(`${MACS} 0800 4500001c 00014000 4001 0000 0a000001 0a000002 0800 0000 0001 0001`),
  syn: bytes(`${MACS} 0800 45000028 00014000 4006 0000 0a000001 0a000002 9c40 0050 00000001 00000000 5002 ffff 0000 0000`),
  dns: bytes(`${MACS} 0800 4500001e 00014000 4011 0000 0a000003 0a000004 c000 0035 000a 0000 6162`),
  later: bytes(`${MACS} 0800 4500001c 00010003 4011 0000 0a000003 0a000004 c000 0035 000a 0000`),
  tagged: bytes(`${MACS} 8100 0005 0800 4500001c 00014000 4001 0000 0a000001 0a000002 0800 0000 0001 0001`),
  cut: bytes(`${MACS} 0800 45000028 0001`),
};

/** Names of the frames that pass, or the refusal. */
function passing(text: string): string {
  const filter = compile(text);
  if (filter.is === "error") return filter.why;
  return Object.entries(FRAMES).filter(([, frame]) => filter.matches(frame, frame.length)).map(([name]) => name).join(" ");
}

describe("what passes", () => {
  test.each([
    ["", "arp ping syn dns later tagged cut"],
    ["icmp or arp", "arp ping"],
    ["not ip", "arp tagged"],
    ["host 10.0.0.2", "arp ping syn"],
    ["ip host w2", "ping syn"],
    ["src 10.0.0.3 and dst net 10", "dns later"],
    ["port 53", "dns"],
    ["port 53 or 80", "syn dns"],
    ["tcp dst port http", "syn"],
    ["portrange 50-60", "dns"],
    ["tcp[tcpflags] & tcp-syn != 0", "syn"],
    ["icmp[icmptype] == icmp-echo", "ping"],
    ["ip[6:2] & 0x1fff != 0", "later"],
    ["vlan 5 and icmp", "tagged"],
    ["ether broadcast", "arp"],
    ["less 42", "arp ping later cut"],
    ["ip proto \\udp", "dns later"],
    ["ether src 02:00:00:00:00:01 and len > 44", "syn tagged"],
  ])("%s → %s", (text, frames) => expect(passing(text)).toBe(frames));

  test("a load past the captured bytes refuses the packet, even under not", () => {
    expect(passing("not tcp")).toBe("arp ping dns later tagged");
    expect(passing("not (ip[100] = 1)")).toBe("arp tagged");
  });
  test("and/or bind alike, to the left", () => expect(passing("icmp or udp and port 53")).toBe("dns"));
  test("after vlan every later test looks inside the tag, also behind or", () => expect(passing("(vlan 5 and tcp) or udp")).toBe(""));
});

describe("what is refused, in libpcap's words", () => {
  test.each([
    ["10.0.0.1", "can't parse filter expression: syntax error"],
    ["icmp and", "can't parse filter expression: syntax error"],
    ["tcp or 80", "syntax error in filter expression"],
    ["host nosuch", "unknown host 'nosuch'"],
    ["host 300.1.1.1", "invalid IPv4 address '300.1.1.1'"],
    ["tcp host 10.0.0.1", "'tcp' modifier applied to host"],
    ["port 99999", "illegal port number 99999 > 65535"],
    ["port nosuch", "unknown port 'nosuch'"],
    ["udp port smtp", "port 'smtp' is tcp"],
    ["net 10.0.0.1/8", 'non-network bits set in "10.0.0.1/8"'],
    ["gateway w2", "'gateway' not supported in this configuration"],
    ["tcp and udp", "expression rejects all packets"],
    ["src host 10.0.0.1 and src host 10.0.0.2", "expression rejects all packets"],
    ["tcp[0:3] = 1", "data size must be 1, 2, or 4"],
    ["ip[2] / ip[0] = 1", "division by zero"],
    ["inbound", "inbound/outbound not supported on Ethernet when reading savefiles"],
    ["vlan 4096", "VLAN tag 4096 greater than maximum 4095"],
    ["lane", "'lane' supported only on raw ATM"],
  ])("%s → %s", (text, why) => expect(passing(text)).toBe(why));
});

describe("other link types", () => {
  test("cooked captures have the protocol first and know the direction", () => {
    const cooked = bytes("0800 0000 00000003 0001 04 06 0200000000010000 4500001c 00014000 4001 0000 0a000001 0a000002 0800 0000 0001 0001");
    const passes = (text: string): boolean => {
      const filter = compile(text, LINKTYPE_LINUX_SLL2);
      return filter.is === "ok" && filter.matches(cooked, cooked.length);
    };
    expect(["icmp", "outbound", "inbound", "ifindex 3", "host 10.0.0.1"].map(passes)).toEqual([true, true, false, true, true]);
  });
  test("raw IP has no type field: the version decides", () => {
    const raw = FRAMES["ping"]!.subarray(14);
    const filter = compile("icmp and not ip6", LINKTYPE_RAW);
    expect(filter.is === "ok" && filter.matches(raw, raw.length)).toBe(true);
    expect(compile("ether host 02:00:00:00:00:01", LINKTYPE_RAW)).toMatchObject({ is: "error" });
  });
  test("a live Ethernet capture knows who sent the frame", () => {
    const filter = compile("outbound and icmp", LINKTYPE_ETHERNET, true);
    const ping = FRAMES["ping"]!;
    expect([true, false].map((outgoing) => filter.is === "ok" && filter.matches(ping, ping.length, { outgoing, ifindex: 2 }))).toEqual([true, false]);
  });
});
