import type { TraceKind } from "../../net/uapi/trace.ts";
import { isCaptured } from "../../os/inspect.ts";
import type { Lab } from "../lab.ts";
import type { Want } from "./condition.ts";
import type { Historic, Tally } from "./history.ts";
import { PACKET_FIELDS, type PacketField } from "./packet.ts";
import { type Verdict, counted, sentence } from "./verdict.ts";

/** Verdicts about what happened, from what was tallied. */
export function checkHistory(lab: Lab, predicate: Historic, tally: Tally): Verdict {
  switch (predicate.is) {
    case "captured": return captured(lab, predicate.want, tally);
    case "event": return event(predicate.want, tally);
    case "packet": return packet(predicate.want, tally);
    case "looked": return looked(predicate.want, tally);
    case "ran": return ran(predicate.want, tally);
  }
}

const NAMES = { arp: "ARP packet", ip: "IP packet", icmp: "ICMP packet", udp: "UDP packet", tcp: "TCP packet", vxlan: "VXLAN packet" } as const;

function captured(lab: Lab, want: Want<"captured">, { seen, missed }: Tally): Verdict {
  const { at, dev, min = 1 } = want;
  const whose = want.host === undefined ? "" : ` of ${want.host}`;
  const thing = want.proto === undefined ? "packet" : NAMES[want.proto];
  const text = `${counted(min, thing)}${whose} ${min === 1 ? "passes" : "pass"} ${dev} of ${at} while a capture runs there`;
  const netns = lab.place(at)?.net.netns;
  const runs = netns !== undefined && isCaptured(netns, dev) ? `a capture runs on ${dev}` : `no capture runs on ${dev} now`;
  const saw = seen > 0 ? `${counted(seen, "packet")} seen` : missed > 0 ? `${counted(missed, thing)}${whose} passed while none was running` : `no ${thing}${whose} has passed`;
  return { pass: seen >= min, text, denied: `Not: ${text}`, found: `${at}: ${runs}; ${saw}` };
}

/** What an event means; kinds without words here are named as they are. */
const KINDS: Partial<Record<TraceKind, string>> = {
  "app.send": "a program sends", "app.recv": "a program receives", "l2.tx": "a frame leaves", "l2.rx": "a frame arrives",
  "bridge.flood": "a bridge floods a frame", "bridge.learn": "a bridge learns an address", "arp.request": "an ARP request is made", "arp.reply": "an ARP reply is made",
  "neigh.miss": "a packet waits for a neighbour's MAC", "neigh.fail": "a neighbour does not answer", "forward": "a packet is forwarded",
  "encap": "a packet is wrapped for the tunnel", "decap": "a packet is unwrapped", "ttl": "a packet's time to live goes down",
  "icmp.echo": "an echo request is answered", "icmp.reply": "an echo reply comes in", "icmp.error": "an ICMP error is sent", "drop": "a packet is dropped",
  "ctl.miss": "the kernel asks a daemon for a neighbour", "nat": "an address is translated", "ct.new": "a new flow is noted", "nft.eval": "a rule is asked", "tcp.state": "a connection changes its state", "tcp.rst": "a connection is reset", "tcp.retransmit": "a segment is sent once more", "proc.start": "a process starts", "proc.exit": "a process ends",
};

/** How a header field is said; others by their name. */
const FIELDS: Partial<Record<PacketField, string>> = {
  "ip.src": "from", "ip.dst": "to", "arp.src": "from", "arp.dst": "about", "ip.ttl": "with time to live",
  "tcp.sport": "from port", "tcp.dport": "to port", "udp.sport": "from port", "udp.dport": "to port", "tcp.flags": "with flags", "http.request.method": "with the method", "http.request.uri": "asking for", "http.response.code": "with the status", "http.file_data": "carrying",
};
const withField = (field: PacketField, value: string): string => ` ${FIELDS[field] ?? `with ${field}`} ${value}`;

/** "an echo reply" where the fields say so, else "a frame". */
function frameWord(want: Want<"event">): string {
  const type = want["icmp.type"];
  if (type === "0" || type === "8") return type === "0" ? "an echo reply" : "an echo request";
  return want["arp.op"] === "1" ? "an ARP request" : want["arp.op"] === "2" ? "an ARP reply" : "a frame";
}

function event(want: Want<"event">, { seen }: Tally): Verdict {
  const { kind, at, dev, min = 1 } = want;
  const where = `${dev === undefined ? "" : ` at ${dev}`}${at === undefined ? "" : ` on ${at}`}`;
  const frame = frameWord(want);
  const said: readonly PacketField[] = frame === "a frame" ? [] : ["icmp.type", "arp.op"];
  const details = PACKET_FIELDS.flatMap((f) => (want[f] === undefined || said.includes(f) ? [] : [withField(f, want[f])]));
  const what = `${(KINDS[kind] ?? `"${kind}" happens`).replace("a frame", frame)}${where}${want.vni === undefined ? "" : ` in VNI ${want.vni}`}${details.join("")}${want.drop === undefined ? "" : ` (${want.drop})`}`;
  const text = `${sentence(what)}${min === 1 ? "" : `, ${min} times`}`;
  return { pass: seen >= min, text, denied: `Not: ${what}`, found: seen === 0 ? "It has not happened yet" : `It happened ${counted(seen, "time")}` };
}

function packet(want: Want<"packet">, { seen, other }: Tally): Verdict {
  const [place, dev] = want.at.split(":");
  const thing = want.proto === undefined ? "packet" : NAMES[want.proto];
  const move = want.dir === "in" ? "arrives at" : want.dir === "out" ? "leaves" : "passes";
  const detail = want.field === undefined || want.is === undefined ? "" : withField(want.field, want.is);
  const found = seen > 0 ? `${place}: ${seen} passed` : other !== "" ? `${place}: ${want.field} there was ${other}` : `${place}: no ${thing} has passed ${dev}`;
  return { pass: seen >= (want.min ?? 1), text: `${thing.startsWith("A") || thing.startsWith("I") ? "An" : "A"} ${thing}${detail} ${move} ${dev} of ${place}`, denied: `No ${thing}${detail} ${move} ${dev} of ${place}`, found };
}

function looked({ at, what }: Want<"looked">, { seen }: Tally): Verdict {
  const thing = `${what}${at === undefined ? "" : ` of ${at}`}`;
  return { pass: seen > 0, text: `You have looked at ${thing}`, denied: `You have not looked at ${thing}`, found: seen > 0 ? "You have" : "Not opened yet" };
}

function ran({ at, match }: Want<"ran">, { seen }: Tally): Verdict {
  return { pass: seen > 0, text: `A command like ${match} was entered at ${at}`, denied: `No command like ${match} was entered at ${at}`, found: seen > 0 ? "It was" : "It was not" };
}
