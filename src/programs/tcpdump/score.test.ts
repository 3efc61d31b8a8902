import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readCapture } from "../../wire/pcap-reader.ts";
import { printPacket } from "./print/packet.ts";
import { newMemory } from "./print/printout.ts";
import type { PrintOptions } from "./print/printout.ts";

const ROOT = new URL("../../../../shared/conformance/tcpdump/", import.meta.url);
const here = existsSync(ROOT);

const PLAIN: PrintOptions = {
  verbose: 0, quiet: false, ethernet: false, absoluteSeq: false, noChecksums: false, number: false, time: 0, nanos: false,
  hex: 0, hexAscii: 0, ascii: 0, forced: null, names: null, ifName: () => null,
};
const SETS: Readonly<Record<string, Partial<PrintOptions>>> = {
  default: {}, e: { ethernet: true }, v: { verbose: 1 }, vv: { verbose: 2 }, ev: { ethernet: true, verbose: 1 },
  S: { absoluteSeq: true }, q: { quiet: true }, t: { time: 1 }, tttt: { time: 4 }, x: { hex: 1 }, X: { hexAscii: 1 },
  XX: { hexAscii: 2 }, A: { ascii: 1 }, "K-v": { verbose: 1, noChecksums: true },
};
/** Packets of these kinds are what the first issue needs. */
const FIRST = /^eth:ethertype:(arp|ip:icmp|ip:udp(:|$))/;
/** Share of packets that must be shown exactly as tcpdump 4.99.3 shows them. */
const FLOOR = 1;

interface Recorded {
  readonly i: number;
  readonly src: string;
  readonly protocols: string;
  readonly out: Readonly<Record<string, string>>;
}

describe.skipIf(!here)("packets of public captures, shown byte for byte", () => {
  const read = (name: string): Buffer => readFileSync(new URL(name, ROOT));
  const capture = here ? readCapture(read("packets.pcap")) : null;
  const recorded: Recorded[] = here ? read("packets.jsonl").toString().trim().split("\n").map((line) => JSON.parse(line)) : [];
  it.each(Object.keys(SETS))("options %s", (name) => {
    const [memory, opts] = [newMemory(), { ...PLAIN, ...SETS[name] }];
    const shown = capture!.packets.map((packet, i) => printPacket(packet, capture!.header.linkType, i + 1, opts, memory));
    const wrong = recorded.filter((r) => shown[r.i] !== r.out[name]);
    const first = recorded.filter((r) => FIRST.test(r.protocols));
    const firstWrong = wrong.filter((r) => FIRST.test(r.protocols));
    const share = (bad: number, all: number): string => `${(100 * (1 - bad / all)).toFixed(1)} % of ${all}`;
    console.log(`tcpdump ${name}: ${share(wrong.length, recorded.length)}; ARP, ICMP, UDP: ${share(firstWrong.length, first.length)}`);
    const sample = wrong.slice(0, 3).map((r) => `#${r.i} ${r.src} ${r.protocols}\nwant ${r.out[name]}\ngot  ${shown[r.i]}`);
    expect((recorded.length - wrong.length) / recorded.length, sample.join("\n")).toBeGreaterThanOrEqual(FLOOR);
  });
});
