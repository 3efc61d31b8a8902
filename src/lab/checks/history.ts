import type { TraceEvent, TraceKind } from "../../net/uapi/trace.ts";
import { isCaptured } from "../../os/inspect.ts";
import type { Lab } from "../lab.ts";
import { type Predicate, type PredicateName, type Want, predicatesIn, type Condition } from "./condition.ts";
import { PACKET_FIELDS, type Packet, packetOf } from "./packet.ts";
import { lookedBy } from "./looked.ts";

/** Predicates about what happened. The trace is not kept: each has a tally that is carried along. */
export type HistoricName = "captured" | "event" | "packet" | "looked" | "ran";
export type Historic = Extract<Predicate, { readonly is: HistoricName }>;

/** What one historic predicate has seen so far. */
export interface Tally {
  /** How often it came true. */
  seen: number;
  /** Packets of this step that would have counted, had somebody captured. */
  missed: number;
  /** The last value that was not the wanted one, "" = none. */
  other: string;
}

interface Watch extends Tally {
  readonly predicate: Historic;
  readonly step: number;
  /** False while it waits for its step to begin. */
  counting: boolean;
}

const FRAME_KINDS: readonly TraceKind[] = ["l2.rx", "l2.tx"];

/** Follows trace, command lines and looks for all historic predicates of a lesson. */
export class History {
  readonly #lab: Lab;
  readonly #watches = new Map<Predicate, Watch>();
  readonly #byKind = new Map<TraceKind, Watch[]>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Begins to follow every historic predicate of a condition that stands in this step. */
  follow(condition: Condition, step: number): void {
    for (const predicate of predicatesIn(condition)) if (isHistoric(predicate)) this.#add(predicate, step);
  }

  #add(predicate: Historic, step: number): void {
    const late = predicate.is === "ran" || predicate.want.since === "step";
    const watch: Watch = { predicate, step, counting: !late, seen: 0, missed: 0, other: "" };
    this.#watches.set(predicate, watch);
    for (const kind of kindsOf(predicate)) this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), watch]);
  }

  tallyOf(predicate: Historic): Tally {
    return this.#watches.get(predicate) ?? { seen: 0, missed: 0, other: "" };
  }

  /** The learner reached a step. */
  stepBegan(step: number): void {
    for (const watch of this.#watches.values()) {
      if (watch.step !== step) continue;
      watch.counting = true;
      watch.missed = 0;
    }
  }

  event(e: TraceEvent): void {
    const watches = this.#byKind.get(e.kind);
    if (watches !== undefined) for (const watch of watches) if (watch.counting) this.#count(watch, e);
  }

  #count(watch: Watch, e: TraceEvent): void {
    const { predicate } = watch;
    if (predicate.is === "event") countEvent(watch, predicate.want, e);
    else if (predicate.is === "packet") countPacket(watch, predicate.want, e);
    else if (predicate.is === "captured") this.#countCaptured(watch, predicate.want, e);
  }

  #countCaptured(watch: Watch, want: Want<"captured">, e: TraceEvent): void {
    if (e.dev !== want.dev || e.place !== want.at) return;
    const packet = packetOf(e);
    if (packet === null || (want.proto !== undefined && !packet.is(want.proto)) || (want.host !== undefined && !packet.touches(want.host))) return;
    const place = this.#lab.place(e.place);
    if (place !== undefined && isCaptured(place.net.netns, e.dev)) watch.seen++;
    else watch.missed++;
  }

  /** A command line was entered. */
  ran(place: string, line: string): void {
    for (const watch of this.#watches.values()) {
      const { predicate } = watch;
      if (predicate.is === "ran" && watch.counting && predicate.want.at === place && new RegExp(predicate.want.match).test(line)) watch.seen++;
    }
    for (const what of lookedBy(line)) this.looked(place, what);
  }

  looked(place: string, what: string): void {
    for (const watch of this.#watches.values()) {
      const { predicate } = watch;
      if (predicate.is !== "looked" || !watch.counting || predicate.want.what !== what) continue;
      if (predicate.want.at === undefined || predicate.want.at === place) watch.seen++;
    }
  }
}

const HISTORIC: readonly PredicateName[] = ["captured", "event", "packet", "looked", "ran"] satisfies readonly HistoricName[];

export const isHistoric = (predicate: Predicate): predicate is Historic => HISTORIC.includes(predicate.is);

function kindsOf(predicate: Historic): readonly TraceKind[] {
  if (predicate.is === "event") return [predicate.want.kind];
  return predicate.is === "packet" || predicate.is === "captured" ? FRAME_KINDS : [];
}

function countEvent(watch: Watch, want: Want<"event">, e: TraceEvent): void {
  if ((want.at !== undefined && e.place !== want.at) || (want.dev !== undefined && e.dev !== want.dev)) return;
  if (want.drop !== undefined && e.drop !== want.drop) return;
  if (want.vni !== undefined && vniIn(e.note) !== want.vni) return;
  if (hasFields(want, packetOf(e))) watch.seen++;
}

/** Tunnel events say the VNI in their note: their bytes begin behind or before its header. */
const vniIn = (note: string): number => Number(/\bVNI (\d+)/.exec(note)?.[1] ?? NaN);

function hasFields(want: Want<"event">, packet: Packet | null): boolean {
  return PACKET_FIELDS.every((field) => want[field] === undefined || packet?.field(field) === want[field]);
}

function countPacket(watch: Watch, want: Want<"packet">, e: TraceEvent): void {
  if (`${e.place}:${e.dev}` !== want.at || (want.dir !== undefined && e.kind !== (want.dir === "in" ? "l2.rx" : "l2.tx"))) return;
  const packet = packetOf(e);
  if (packet === null || (want.proto !== undefined && !packet.is(want.proto))) return;
  const value = want.field === undefined ? null : packet.field(want.field);
  if (want.field === undefined || value === want.is) watch.seen++;
  else watch.other = value ?? "";
}
