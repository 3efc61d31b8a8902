import { type PdEvent, type PdTime, parseScript, parseTime } from "./packetdrill-script.ts";

/** One line of the corpus of outside cases. */
export interface CorpusCase {
  readonly name: string;
  readonly tier: string;
  readonly real: string;
  readonly text: string;
  readonly events: readonly unknown[];
}

export const parseCorpus = (jsonl: string): readonly CorpusCase[] =>
  jsonl.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as CorpusCase);

type Fields = Readonly<Record<string, unknown>>;

/** Events as the corpus has them, as ours. A kind that is not known is read as a line of script if it carries one. */
export function eventsOfCase(one: CorpusCase): readonly PdEvent[] {
  return one.events.flatMap((event) => eventOf(event as Fields));
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const timeOf = (value: unknown): PdTime => parseTime(text(value) ?? "*");

function eventOf(e: Fields): readonly PdEvent[] {
  const t = text(e.t) === null ? null : timeOf(e.t);
  if (e.k === "option") return [{ k: "option", text: text(e.v) ?? "" }];
  if (e.k === "shell" || e.k === "code") return [{ k: e.k, t, text: text(e.v) ?? "" }];
  if (e.k === "syscall") return [syscallOf(e)];
  if ((e.k === "inject" || e.k === "expect") && number(e.seq) !== null) return [segmentOf(e, e.k)];
  return parseScript(`${text(e.t) ?? ""} ${text(e.v) ?? text(e.text) ?? text(e.raw) ?? JSON.stringify(e)}`);
}

function syscallOf(e: Fields): PdEvent {
  const errno = /^(\w+)(?:\s*\((.*)\))?/.exec(text(e.errno) ?? "");
  return {
    k: "syscall", t: timeOf(e.t), endSec: text(e.t2) === null ? null : Number(e.t2), name: text(e.name) ?? "", args: (text(e.args) ?? "").replaceAll(/\s*\n\s*/g, " ").trim(),
    ret: String(e.ret), errno: errno?.[1] ?? null, note: errno?.[2] ?? null,
  };
}

function segmentOf(e: Fields, k: "inject" | "expect"): PdEvent {
  const segment = {
    flags: text(e.flags) ?? "", seq: number(e.seq) ?? 0, end: number(e.end) ?? 0, len: number(e.len) ?? 0, ack: number(e.ack), win: number(e.win),
    urg: number(e.urg), opts: text(e.opts), ip: text(e.ip), ports: null,
  };
  return { k, t: timeOf(e.t), segment };
}
