import { SIGNALS, signalByNumber } from "../../os/signals.ts";
import type { Signal } from "../../os/sys.ts";

/** Names that kill(1) and timeout(1) print, without SIG; the number in the list is the position. */
export const SIGNAL_TABLE: readonly string[] = SIGNALS.map((s) => (s === null ? "STKFLT" : s === "SIGIO" ? "POLL" : s.slice(3)));

const ALIASES: Readonly<Record<string, Signal>> = { IOT: "SIGABRT", CLD: "SIGCHLD", POLL: "SIGIO" };

/** `9`, `KILL`, `SIGKILL`, `kill`: the signal, 0 for the null signal, null when there is none such. */
export function parseSignal(text: string): Signal | 0 | null {
  if (/^\d+$/.test(text)) return Number(text) === 0 ? 0 : (signalByNumber(Number(text)) ?? null);
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (name === "0") return 0;
  return SIGNALS.find((s) => s !== null && s.slice(3) === name) ?? ALIASES[name] ?? null;
}

