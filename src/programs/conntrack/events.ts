import type { CtEvent } from "../../net/uapi/conntrack.ts";
import { STDERR, STDOUT, type Task } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import type { Io } from "../lib/tool.ts";
import { type Wanted, fits } from "./entry.ts";
import { type Output, eventLine } from "./print.ts";

/* `conntrack -E`: what happens to flows, until somebody stops it. */

const KINDS = { NEW: ["new"], UPDATES: ["update"], DESTROY: ["destroy"], ALL: ["new", "update", "destroy"] } as const;
const TAGS = { new: "    [NEW] ", update: " [UPDATE] ", destroy: "[DESTROY] " } as const;

/** -e: which events; the first word that is none comes back as text. */
export function parseMask(text: string | undefined): ReadonlySet<CtEvent["is"]> | string {
  const words = (text ?? "ALL").split(",");
  const unknown = words.find((w) => !Object.hasOwn(KINDS, w));
  if (unknown !== undefined) return unknown;
  return new Set(words.flatMap((w) => KINDS[w as keyof typeof KINDS]));
}

export function* showEvents(io: Io, wanted: Wanted, kinds: ReadonlySet<CtEvent["is"]>, output: Output, title: string): Task<number> {
  const { sys } = io;
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) sys.signal(signal, () => (stopped = true));
  const fd = sys.nfnlSubscribe(["conntrack"]);
  if (typeof fd === "string") return 1;
  let count = 0;
  while (!stopped) {
    const got = yield* sys.nfnlReceive(fd);
    if (typeof got === "string") {
      if (got === "EINTR" || got === "ENOBUFS") continue;
      break;
    }
    if (got.group !== "conntrack" || !kinds.has(got.event.is) || !fits(got.event.row, wanted)) continue;
    count++;
    yield* sys.write(STDOUT, lineOf(io, got.event, output));
  }
  yield* sys.write(STDERR, `${title}: ${count} flow events have been shown.\n`);
  return 0;
}

function lineOf(io: Io, event: CtEvent, output: Output): string {
  const { sec, nsec } = io.sys.wallTime();
  const stamp = output.timestamp ? `[${sec}.${String(Math.floor(nsec / 1000)).padEnd(6)}]\t` : "";
  const line = eventLine(event, output, sec * 1e9 + nsec);
  return `${stamp}${output.save ? "" : TAGS[event.is]}${line}${whoText(io, event)}\n`;
}

/** A program did it; its name only while it still runs. */
function whoText(io: Io, { by }: CtEvent): string {
  if (by === undefined) return "";
  const comm = io.sys.readFile(`/proc/${by.pid}/comm`);
  return ` [USERSPACE] portid=${by.pid}${typeof comm === "string" ? "" : ` progname=${fromUtf8(comm).trim()}`}`;
}
