import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Netns } from "../net/core/netns.ts";
import { ctOf, type Conntrack } from "../net/netfilter/ct-entry.ts";
import { ctRow } from "../net/netfilter/ct-event.ts";
import { conntrackConfirm, conntrackIn } from "../net/netfilter/ct-in.ts";
import { tcpSkb, type TcpSay } from "../net/netfilter/nat-testbed.ts";
import { IPS_ASSURED, IPS_SEEN_REPLY } from "../net/uapi/conntrack.ts";
import { NetTestbed, ipOf } from "./net-testbed.ts";

/** Conversations recorded on Linux: what a router's conntrack made of each segment. */
const RECORDED = readFileSync(join(import.meta.dirname, "tcp-tracker.txt"), "utf8").split("\n\n").slice(1).map((c) => c.trim().split("\n"));

const LINE = /^([<>]) (\S+) seq (\d+) ack (\d+) win (\d+) len (\d+) opt (\S+) = (.*)$/;
const FLAGS = "FSRPAU";

interface Step {
  readonly reply: boolean;
  readonly say: TcpSay;
  readonly expected: string;
}

function parse(line: string): Step {
  const [, arrow, flags, seq, ack, win, data, options, expected] = LINE.exec(line)!;
  const bits = [...flags!].reduce((sum, f) => sum | (FLAGS.includes(f) ? 1 << FLAGS.indexOf(f) : 0), 0);
  const bytes = options === "-" ? [] : options!.match(/../g)!.map((h) => parseInt(h, 16));
  return { reply: arrow === "<", say: { flags: bits, seq: Number(seq), ack: Number(ack), win: Number(win), data: Number(data), options: bytes }, expected: expected! };
}

const CLIENT = ipOf("10.1.0.2");
const SERVER = ipOf("10.2.0.2");

/** The segment passes the router; what `ct state` and `conntrack -L` say. */
function pass(r: Netns, { reply, say }: Step): string {
  const skb = reply ? tcpSkb(r, SERVER, 80, CLIENT, 10000, say) : tcpSkb(r, CLIENT, 10000, SERVER, 80, say);
  const verdict = conntrackIn(r, skb, "prerouting");
  const state = verdict === "drop" ? "none" : ctOf(skb) === null ? "invalid" : skb.ctinfo === 2 ? "new" : "established";
  if (verdict === "accept") conntrackConfirm(r, skb, "postrouting");
  const flow = [...r.nf.ct.table.entries()][0];
  return `${state}, ${flow === undefined ? "-" : rowText(r, flow)}`;
}

function rowText(r: Netns, flow: Conntrack): string {
  const row = ctRow(r, flow);
  const words = [(row.status & IPS_SEEN_REPLY) === 0 ? " UNREPLIED" : "", (row.status & IPS_ASSURED) !== 0 ? " ASSURED" : "", row.original.src === SERVER ? " reversed" : ""];
  return `${row.timeoutSec} ${row.tcpState}${words.join("")}`;
}

/** The recording took a few milliseconds a segment: a second may have gone by. */
const roundSeconds = (text: string): string => text.replace(/, (\d+) /, (_, n: string) => `, ~${Math.ceil(Number(n) / 10) * 10} `);

describe("the TCP tracker judges every segment as Linux did", () => {
  it.each(RECORDED.map((lines, i) => [i, lines[0], lines] as const))("conversation %i: %s", (_i, _first, lines) => {
    const r = new NetTestbed().host("r");
    const steps = lines.map(parse);
    expect(steps.map((s) => roundSeconds(pass(r, s)))).toEqual(steps.map((s) => roundSeconds(s.expected)));
  });
});
