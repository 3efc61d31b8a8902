import type { FqCodelOptions, QdiscOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import { type Args, parseUnsigned } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { type Kind, complain } from "./kind.ts";
import { formatSize, formatTime, parseSize, parseTimeUs } from "./units.ts";
import { FIFO_USAGE, FQ_CODEL_USAGE, PRIO_USAGE } from "./usage.ts";

/* q_fifo.c, q_prio.c, q_fq_codel.c, q_ingress.c, q_clsact.c of iproute2 6.1. */

type FifoKind = "pfifo" | "bfifo" | "pfifo_head_drop";

function* parseFifo(args: Args, kind: string): Cmd<QdiscOptions | undefined> {
  let limit: number | null = null;
  while (args.more) {
    const w = args.take();
    if (w === "help") yield* complain(args.tool, FIFO_USAGE);
    if (w !== "limit") yield* complain(args.tool, `${kind}: unknown parameter "${w}"\n${FIFO_USAGE}`);
    const text = yield* args.next();
    limit = parseSize(text) ?? (yield* complain(args.tool, `${kind}: Illegal value for "limit": "${text}"\n`));
  }
  return limit === null ? undefined : { kind: kind as FifoKind, limit };
}

function printFifo(tool: Tool, o: QdiscOptions): void {
  if (!("limit" in o) || o.limit === undefined) return;
  tool.out.any("limit", o.limit, `limit ${o.kind === "bfifo" ? formatSize(o.limit) : `${o.limit}p`}`);
}

const fifo = (name: FifoKind): Kind => ({ name, parse: parseFifo, print: printFifo });

const PRIOMAP = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

function* parsePrio(args: Args): Cmd<QdiscOptions> {
  const { tool } = args;
  const priomap = [...PRIOMAP];
  let bands = 3;
  let at = -1;
  while (args.more) {
    const w = args.take();
    if (w === "bands") {
      if (at >= 0) yield* tool.err(PRIO_USAGE);
      const text = yield* args.next();
      bands = /^[+-]?\d+$/.test(text) ? Number(text) : yield* complain(tool, "Illegal \"bands\"\n");
    } else if (w === "priomap") {
      if (at >= 0) yield* complain(tool, "Error: duplicate priomap\n");
      at = 0;
    } else if (w === "multiqueue") yield* complain(tool, "tc: prio multiqueue: not simulated here\n");
    else if (w === "help") yield* complain(tool, PRIO_USAGE);
    else priomap[at] = yield* priomapElement(tool, w, at++, bands);
  }
  return { kind: "prio", bands, priomap };
}

function* priomapElement(tool: Tool, w: string, at: number, bands: number): Cmd<number> {
  if (at < 0) return yield* complain(tool, `What is "${w}"?\n${PRIO_USAGE}`);
  if (!/^\d+$/.test(w)) return yield* complain(tool, "Illegal \"priomap\" element\n");
  if (Number(w) >= bands) return yield* complain(tool, "\"priomap\" element is out of bands\n");
  return at > 15 ? yield* complain(tool, "\"priomap\" index > TC_PRIO_MAX=15\n") : Number(w);
}

function printPrio({ out }: Tool, o: QdiscOptions): void {
  if (!("priomap" in o)) return;
  out.any("bands", o.bands, `bands ${o.bands} `);
  out.openArray("priomap");
  out.fp("priomap ");
  o.priomap.forEach((band, i) => out.any(undefined, band, `${i === 0 ? "" : " "}${band}`));
  out.closeArray();
  out.js("multiqueue", false);
}

type FqDraft = { -readonly [K in keyof FqCodelOptions]?: FqCodelOptions[K] };

const FQ_NUMBERS: Readonly<Record<string, "limit" | "flows" | "quantum" | "dropBatch">> = { limit: "limit", flows: "flows", quantum: "quantum", drop_batch: "dropBatch" };
const FQ_TIMES: Readonly<Record<string, "targetUs" | "intervalUs">> = { target: "targetUs", interval: "intervalUs" };

/** A value of 0 is as good as none, but for the limits of memory. */
function* parseFqCodel(args: Args): Cmd<QdiscOptions> {
  const { tool } = args;
  const fqCodel: FqDraft = {};
  while (args.more) {
    const w = args.take();
    const number = FQ_NUMBERS[w];
    const time = FQ_TIMES[w];
    if (number !== undefined) put(fqCodel, number, parseUnsigned(yield* args.next()) ?? (yield* illegal(tool, w)));
    else if (time !== undefined) put(fqCodel, time, kernelTime(parseTimeUs(yield* args.next()) ?? (yield* illegal(tool, w))));
    else if (w === "memory_limit") fqCodel.memoryLimit = parseSize(yield* args.next()) ?? (yield* illegal(tool, w));
    else if (w === "ecn" || w === "noecn") fqCodel.ecn = w === "ecn";
    else if (w.startsWith("ce_threshold") && FQ_CODEL_USAGE.includes(` ${w} `)) yield* complain(tool, `tc: fq_codel ${w}: not simulated here\n`);
    else yield* complain(tool, w === "help" ? FQ_CODEL_USAGE : `What is "${w}"?\n${FQ_CODEL_USAGE}`);
  }
  return { kind: "fq_codel", fqCodel };
}

function put(draft: FqDraft, field: "limit" | "flows" | "quantum" | "dropBatch" | "targetUs" | "intervalUs", value: number): void {
  if (value > 0) draft[field] = value;
}

/** The kernel keeps CoDel's times in units of 1024 ns, and tells them rounded down. */
const kernelTime = (us: number): number => Math.floor((Math.floor((us * 1000) / 1024) * 1024) / 1000);

function* illegal(tool: Tool, word: string): Cmd<never> {
  return yield* complain(tool, `Illegal "${word}"\n`);
}

function printFqCodel({ out }: Tool, o: QdiscOptions): void {
  if (o.kind !== "fq_codel") return;
  const { limit = 0, flows = 0, quantum = 0, targetUs = 0, intervalUs = 0, memoryLimit = 0, ecn, dropBatch = 0 } = o.fqCodel;
  out.any("limit", limit, `limit ${limit}p `);
  out.any("flows", flows, `flows ${flows} `);
  out.any("quantum", quantum, `quantum ${quantum} `);
  out.any("target", targetUs, `target ${formatTime(targetUs)} `);
  out.any("interval", intervalUs, `interval ${formatTime(intervalUs)} `);
  out.any("memory_limit", memoryLimit, `memory_limit ${formatSize(memoryLimit)} `);
  if (ecn === true) out.any("ecn", true, "ecn ");
  if (dropBatch > 0) out.any("drop_batch", dropBatch, `drop_batch ${dropBatch} `);
}

function printFqCodelStats({ out }: Tool, o: QdiscOptions): boolean {
  if (o.kind !== "fq_codel" || o.xstats === undefined) return false;
  const s = o.xstats;
  out.any("maxpacket", s.maxPacket, `  maxpacket ${s.maxPacket}`);
  out.any("drop_overlimit", s.dropOverlimit, ` drop_overlimit ${s.dropOverlimit}`);
  out.any("new_flow_count", s.newFlowCount, ` new_flow_count ${s.newFlowCount}`);
  out.any("ecn_mark", s.ecnMark, ` ecn_mark ${s.ecnMark}`);
  out.nl();
  out.any("new_flows_len", s.newFlowsLen, `  new_flows_len ${s.newFlowsLen}`);
  out.any("old_flows_len", s.oldFlowsLen, ` old_flows_len ${s.oldFlowsLen}`);
  return true;
}

/** ingress and clsact take no parameters; a word is asked what it is. */
const place = (name: "ingress" | "clsact", printed: string): Kind => ({
  name,
  *parse(args) {
    if (!args.more) return { kind: name };
    const w = args.take();
    return yield* complain(args.tool, `What is "${w}"?\nUsage: ... ${name}\n`);
  },
  print: ({ out }) => out.fp(printed),
});

export const PLAIN_KINDS: readonly Kind[] = [
  fifo("pfifo"), fifo("bfifo"), fifo("pfifo_head_drop"),
  { name: "pfifo_fast", print: printPrio },
  { name: "prio", parse: parsePrio, print: printPrio },
  { name: "fq_codel", parse: parseFqCodel, print: printFqCodel, printStats: printFqCodelStats },
  place("ingress", "---------------- "), place("clsact", ""),
];
