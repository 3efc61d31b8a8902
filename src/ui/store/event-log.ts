import { TRACE_KINDS } from "../../protocol/trace.ts";
import type { TraceEvent } from "../../protocol/trace.ts";
import type { EventDetail, TraceBatch } from "../../protocol/trace-batch.ts";

/** An event as the page keeps it: `wireLength` is the frame's true size, `bytes` may be snapped. */
export interface LoggedEvent extends TraceEvent {
  readonly wireLength: number;
}

const NO_DETAIL: EventDetail = { decision: null, changes: [], drop: null, note: "", tcp: null };

/** Beyond this many events the oldest are forgotten: stepping back ends there. */
const KEEP_EVENTS = 200_000;
const FORGET_AT_ONCE = 20_000;

/** The trace events the page knows, by number. Numbers run on without gaps. */
export class EventLog {
  /** Number of the oldest event still kept. */
  first = 0;
  #events: LoggedEvent[] = [];
  #strings: string[] = [];

  /** One past the newest event's number. */
  get end(): number { return this.first + this.#events.length; }

  /** The event with this number, or null when it is forgotten or has not happened. */
  at(seq: number): LoggedEvent | null { return this.#events[seq - this.first] ?? null; }

  /** Starts again at event number `seq` (a snapshot arrived). */
  restart(seq: number): void {
    this.first = seq;
    this.#events = [];
    this.#strings = [];
  }

  /** Copies a batch in; its buffers may be handed back afterwards. Events from number `needed` on are never forgotten. */
  append(batch: TraceBatch, needed = this.first): void {
    this.#strings.push(...batch.strings);
    if (batch.firstSeq !== this.end) throw new Error(`trace batch starts at ${batch.firstSeq}, expected ${this.end}`);
    for (let row = 0; row < batch.count; row++) this.#events.push(this.#decode(batch, row));
    if (this.#events.length > KEEP_EVENTS && this.first + FORGET_AT_ONCE <= needed) this.#forget();
  }

  #forget(): void {
    this.first += FORGET_AT_ONCE;
    this.#events = this.#events.slice(FORGET_AT_ONCE);
  }

  #decode(batch: TraceBatch, row: number): LoggedEvent {
    const detail = batch.details[num(batch.detail, row)] ?? NO_DETAIL;
    return {
      seq: batch.firstSeq + row,
      atNs: num(batch.atNs, row),
      kind: TRACE_KINDS[num(batch.kind, row)] ?? "app.send",
      place: this.#strings[num(batch.place, row)] ?? "",
      dev: this.#strings[num(batch.dev, row)] ?? "",
      journey: num(batch.journey, row),
      skb: num(batch.skb, row),
      parent: num(batch.parent, row),
      bytes: bytesOf(batch, row),
      wireLength: num(batch.wireLength, row),
      netOffset: num(batch.netOffset, row),
      decision: detail.decision,
      changes: detail.changes,
      drop: detail.drop,
      note: detail.note,
      conn: num(batch.conn, row),
      tcp: detail.tcp,
    };
  }
}

function num(array: { readonly [index: number]: number }, row: number): number {
  return array[row] ?? 0;
}

function bytesOf(batch: TraceBatch, row: number): Uint8Array | null {
  const length = num(batch.bytesLength, row);
  if (length === 0) return null;
  const at = num(batch.bytesAt, row);
  return batch.blob.slice(at, at + length);
}
