import type { LossModel, NetemOptions, NetemRate, QdiscOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import { strerror } from "../../net/uapi/errno.ts";
import { type Args, matches, parseUnsigned } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { distribution } from "./distribution.ts";
import { complain } from "./kind.ts";
import { parseRate, parseShare, parseSize, parseTimeUs, usToTicks } from "./units.ts";
import { NETEM_USAGE } from "./usage.ts";

/* Parser of q_netem.c, iproute2 6.1. */

const ALL = 0xffffffff;
const DIST_DIR = "/usr/lib/x86_64-linux-gnu/tc/";

type Draft = { -readonly [K in keyof NetemOptions]: NetemOptions[K] } & { corr: { delay: number; loss: number; duplicate: number }; corrGiven: boolean };

export function* parseNetem(args: Args): Cmd<QdiscOptions> {
  const d: Draft = { limit: 1000, latencyTicks: 0, jitterTicks: 0, gap: 0, loss: 0, duplicate: 0, corr: { delay: 0, loss: 0, duplicate: 0 }, corrGiven: false };
  while (args.more) yield* word(args, d, args.take());
  yield* checkWhole(args.tool, d);
  const { corrGiven, corr, ...rest } = d;
  return { kind: "netem", netem: corrGiven ? { ...rest, corr } : rest };
}

function* checkWhole(tool: Tool, d: Draft): Cmd<void> {
  const usage = (text: string): Cmd<never> => complain(tool, `${text}\n${NETEM_USAGE}`);
  if ((d.reorder?.probability ?? 0) > 0) {
    if (d.latencyTicks === 0) yield* usage("reordering not possible without specifying some delay");
    if (d.gap === 0) d.gap = 1;
  } else if (d.gap > 0) yield* usage("gap specified without reorder probability");
  if (d.ecn === true && d.loss === 0 && d.lossModel === undefined) yield* usage("ecn requested without loss model");
  if (d.distribution !== undefined && (d.latencyTicks === 0 || d.jitterTicks === 0)) yield* usage("distribution specified but no latency and jitter values");
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (matches(w, "limit")) d.limit = yield* value(args, parseSize, "limit");
  else if (matches(w, "latency") || matches(w, "delay")) yield* delay(args, d);
  else if (matches(w, "loss") || matches(w, "drop")) yield* loss(args, d);
  else if (matches(w, "ecn")) d.ecn = true;
  else if (matches(w, "reorder")) d.reorder = yield* share(args, d, "reorder");
  else if (matches(w, "corrupt")) d.corrupt = yield* share(args, d, "corrupt");
  else if (matches(w, "gap")) d.gap = yield* value(args, parseUnsigned, "gap");
  else if (matches(w, "duplicate")) yield* duplicate(args, d);
  else if (matches(w, "distribution")) d.distribution = yield* table(args);
  else if (matches(w, "rate")) d.rate = yield* rate(args);
  else if (matches(w, "slot")) yield* complain(args.tool, "tc: netem slot: not simulated here\n");
  else yield* complain(args.tool, w === "help" ? NETEM_USAGE : `What is "${w}"?\n${NETEM_USAGE}`);
}

const nextIsNumber = (args: Args): boolean => /^\d/.test(args.peek ?? "");
const nextIsSigned = (args: Args): boolean => /^[\d-]/.test(args.peek ?? "");

function* value<T>(args: Args, read: (text: string) => T | null, what: string): Cmd<T> {
  return read(yield* args.next()) ?? (yield* complain(args.tool, `Illegal "${what}"\n`));
}

const ticks = (text: string): number | null => {
  const us = parseTimeUs(text);
  return us === null || usToTicks(us) > ALL ? null : usToTicks(us);
};

function* delay(args: Args, d: Draft): Cmd<void> {
  d.latencyTicks = yield* value(args, ticks, "latency");
  if (!nextIsNumber(args)) return;
  d.jitterTicks = yield* value(args, ticks, "latency");
  if (!nextIsNumber(args)) return;
  d.corrGiven = true;
  d.corr.delay = yield* value(args, parseShare, "latency");
}

function* loss(args: Args, d: Draft): Cmd<void> {
  if (d.loss > 0 || d.lossModel !== undefined) yield* complain(args.tool, "Illegal \"duplicate loss argument\n\"\n");
  const model = nextIsNumber(args) ? "random" : yield* args.next();
  if (model === "state") d.lossModel = yield* stateLoss(args);
  else if (model === "gemodel") d.lossModel = yield* gilbertElliot(args);
  else if (model === "random") yield* randomLoss(args, d);
  else yield* complain(args.tool, `Unknown loss parameter: ${model}\n`);
}

function* randomLoss(args: Args, d: Draft): Cmd<void> {
  d.loss = yield* value(args, parseShare, "loss percent");
  if (!nextIsNumber(args)) return;
  d.corrGiven = true;
  d.corr.loss = yield* value(args, parseShare, "loss correlation");
}

function* stateLoss(args: Args): Cmd<LossModel> {
  const p13 = yield* value(args, parseShare, "loss p13");
  let model = { is: "state" as const, p13, p31: ALL - p13, p32: 0, p23: ALL, p14: 0 };
  for (const key of ["p31", "p32", "p23", "p14"] as const) {
    if (!nextIsNumber(args)) break;
    model = { ...model, [key]: yield* value(args, parseShare, `loss ${key}`) };
  }
  return model;
}

/** The words say 1-h, the kernel wants h; without a word iproute2 sends 0, which the kernel then reads as h. */
function* gilbertElliot(args: Args): Cmd<LossModel> {
  const p = yield* value(args, parseShare, "loss gemodel p");
  const model = { is: "gemodel" as const, p, r: ALL - p, h: 0, k1: 0 };
  if (!nextIsNumber(args)) return model;
  model.r = yield* value(args, parseShare, "loss gemodel r");
  if (!nextIsNumber(args)) return model;
  model.h = ALL - (yield* value(args, parseShare, "loss gemodel h"));
  if (!nextIsNumber(args)) return model;
  return { ...model, k1: yield* value(args, parseShare, "loss gemodel k") };
}

function* share(args: Args, d: Draft, what: string): Cmd<{ probability: number; correlation: number }> {
  const probability = yield* value(args, parseShare, what);
  if (!nextIsNumber(args)) return { probability, correlation: 0 };
  d.corrGiven = true;
  return { probability, correlation: yield* value(args, parseShare, what) };
}

/** Its correlation alone is not sent: that is how iproute2 does it. */
function* duplicate(args: Args, d: Draft): Cmd<void> {
  d.duplicate = yield* value(args, parseShare, "duplicate");
  if (nextIsNumber(args)) d.corr.duplicate = yield* value(args, parseShare, "duplicate");
}

function* table(args: Args): Cmd<readonly number[]> {
  const name = yield* args.next();
  if (name === "experimental") return yield* complain(args.tool, "tc: netem distribution experimental: not simulated here\n");
  return distribution(name) ?? (yield* complain(args.tool, `No distribution data for ${name} (${DIST_DIR}/${name}.dist: ${strerror("ENOENT")})\n`));
}

const signed = (text: string): number | null => {
  const n = parseUnsigned(text.replace(/^-/, ""));
  return n === null ? null : text.startsWith("-") ? -n : n;
};

function* rate(args: Args): Cmd<NetemRate> {
  if (args.peek?.includes("%") === true) return yield* complain(args.tool, `tc: netem rate ${args.peek}: devices here have no speed\n`);
  const bytes = yield* value(args, parseRate, "rate");
  const packetOverhead = nextIsSigned(args) ? yield* value(args, signed, "rate") : 0;
  const cellSize = nextIsNumber(args) ? yield* value(args, parseUnsigned, "rate") : 0;
  const cellOverhead = nextIsSigned(args) ? yield* value(args, signed, "rate") : 0;
  return { rate: bytes, packetOverhead, cellSize, cellOverhead };
}
