import type { Kind } from "./kind.ts";
import { HTB } from "./kind-htb.ts";
import { NETEM } from "./kind-netem-print.ts";
import { PLAIN_KINDS } from "./kind-plain.ts";
import { TBF } from "./kind-tbf.ts";

const KINDS: ReadonlyMap<string, Kind> = new Map([...PLAIN_KINDS, TBF, NETEM, HTB].map((kind) => [kind.name, kind]));

/** What tc has words for; undefined: it knows the name only, as with noqueue and blackhole. */
export const kindOf = (name: string): Kind | undefined => KINDS.get(name);

/** Disciplines that Linux has and this kernel does not. */
const NOT_SIMULATED = new Set([
  "cake", "cbq", "cbs", "choke", "codel", "drr", "dsmark", "ets", "etf", "fq", "fq_pie", "gred", "hfsc", "hhf", "mq", "mqprio", "multiq",
  "pie", "plug", "qfq", "red", "rr", "sfb", "sfq", "skbprio", "taprio", "teql0", "atm",
]);
export const isNotSimulated = (name: string): boolean => NOT_SIMULATED.has(name);
