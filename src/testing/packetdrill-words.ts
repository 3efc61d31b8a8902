import type { Sys, Task } from "../os/sys.ts";
import { infoNames } from "./packetdrill-code.ts";
import type { PdEvent, PdSegment, PdTime } from "./packetdrill-script.ts";
import type { PdStage } from "./packetdrill-stage.ts";

/** An event as one line, for messages. */
export function wordsOf(event: PdEvent): string {
  switch (event.k) {
    case "syscall": return `${timeWords(event.t)} ${event.name}(${event.args}) = ${event.ret} ${event.errno ?? ""}`.trim();
    case "inject": return `${timeWords(event.t)} < ${segmentWords(event.segment)}`;
    case "expect": return `${timeWords(event.t)} > ${segmentWords(event.segment)}`;
    case "icmp": return `${timeWords(event.t)} ${event.inbound ? "<" : ">"} icmp ${event.icmp.type} ${event.icmp.code ?? ""}`;
    case "option": return event.text;
    default: return `${event.t === null ? "" : timeWords(event.t)} ${event.text.trim().split("\n")[0]}`.trim();
  }
}

function timeWords(t: PdTime): string {
  if (t.is === "any") return "*";
  const plus = t.is === "relative" || t.is === "relativeRange" ? "+" : "";
  return t.is === "absoluteRange" || t.is === "relativeRange" ? `${plus}${t.sec}~${plus}${t.endSec}` : `${plus}${t.sec}`;
}

const segmentWords = (s: PdSegment): string =>
  `${s.flags} ${s.seq}:${s.end}(${s.len})${s.ack === null ? "" : ` ack ${s.ack}`}${s.win === null ? "" : ` win ${s.win}`}${s.opts === null ? "" : ` <${s.opts}>`}`;

/** Names for a script's code: TCP_INFO of the connection. */
export function infoOf(stage: PdStage, fd: number): ReadonlyMap<string, number | string> {
  const call = stage.begin(function* (sys: Sys): Task<unknown> {
    return sys.getsockopt(fd, "TCP_INFO");
  });
  stage.waitFor(() => call.done, stage.sim.nowNs + 1_000_000);
  const info = call.result;
  return typeof info === "object" && info !== null ? infoNames(info as Parameters<typeof infoNames>[0]) : new Map();
}
