import type { Sys } from "../../os/sys.ts";
import { serviceByName } from "../lib/services.ts";
import { strtonum } from "./options.ts";

const PORT_MAX = 65535;

/** What `host port…` means: every port in order, ranges from low to high; or nc's words for what is wrong. */
export function portList(sys: Sys, words: readonly string[], proto: "tcp" | "udp"): readonly number[] | { readonly bad: string } {
  const ports: number[] = [];
  for (const word of words) {
    const range = oneWord(sys, word, proto);
    if ("bad" in range) return range;
    for (let port = range.low; port <= range.high; port++) ports.push(port);
  }
  return ports;
}

type Range = { readonly low: number; readonly high: number } | { readonly bad: string };

function oneWord(sys: Sys, word: string, proto: "tcp" | "udp"): Range {
  const service = serviceByName(sys, word, proto);
  if (service !== undefined) return { low: service.port, high: service.port };
  const dash = word.indexOf("-");
  if (dash < 0) return wrong(word, word) ?? { low: Number(word), high: Number(word) };
  const [from, to] = [word.slice(0, dash), word.slice(dash + 1)];
  const bad = wrong(from, word) ?? wrong(to, to);
  return bad ?? { low: Math.min(Number(from), Number(to)), high: Math.max(Number(from), Number(to)) };
}

function wrong(number: string, shown: string): { readonly bad: string } | null {
  const why = strtonum(number, 1, PORT_MAX);
  return why === null ? null : { bad: `port number ${why}: ${shown}` };
}

/** -r: the same ports in an order that chance gives. */
export function shuffled(sys: Sys, ports: readonly number[]): readonly number[] {
  const all = [...ports];
  for (let i = all.length - 1; i > 0; i--) {
    const j = sys.random() % (i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
