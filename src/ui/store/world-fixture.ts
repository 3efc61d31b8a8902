import type { JourneyInfo } from "../../protocol/messages.ts";
import type { DeviceInfo, Snapshot } from "../../protocol/snapshot.ts";
import { TRACE_KINDS } from "../../protocol/trace.ts";
import type { TraceEvent } from "../../protocol/trace.ts";
import type { EventDetail, TraceBatch } from "../../protocol/trace-batch.ts";

/** What a test says about an event; the rest has harmless values. */
export type EventSketch = Partial<TraceEvent> & Pick<TraceEvent, "kind" | "place">;

/** Packs sketches as the engine does, so that tests go through the real decoder. */
export function batchOf(firstSeq: number, sketches: readonly EventSketch[], known: string[] = []): TraceBatch {
  const before = known.length;
  const word = (text: string): number => {
    if (!known.includes(text)) known.push(text);
    return known.indexOf(text);
  };
  const blob: number[] = [];
  const details: EventDetail[] = [];
  const rows = sketches.map((sketch, row) => {
    const bytesAt = blob.length;
    blob.push(...sketch.bytes ?? []);
    details.push({ decision: sketch.decision ?? null, changes: sketch.changes ?? [], drop: sketch.drop ?? null, note: sketch.note ?? "", tcp: sketch.tcp ?? null });
    return { ...sketch, bytesAt, row, placeWord: word(sketch.place), devWord: word(sketch.dev ?? "") };
  });
  return {
    firstSeq, count: rows.length,
    atNs: Float64Array.from(rows, (row) => row.atNs ?? row.row),
    kind: Uint8Array.from(rows, (row) => TRACE_KINDS.indexOf(row.kind)),
    place: Uint16Array.from(rows, (row) => row.placeWord),
    dev: Uint16Array.from(rows, (row) => row.devWord),
    journey: Uint32Array.from(rows, (row) => row.journey ?? 0),
    skb: Uint32Array.from(rows, (row) => row.skb ?? 0),
    parent: Uint32Array.from(rows, (row) => row.parent ?? 0),
    bytesAt: Uint32Array.from(rows, (row) => row.bytesAt),
    bytesLength: Uint16Array.from(rows, (row) => row.bytes?.length ?? 0),
    wireLength: Uint32Array.from(rows, (row) => row.bytes?.length ?? 0),
    netOffset: Uint8Array.from(rows, (row) => row.netOffset ?? 14),
    conn: Uint32Array.from(rows, (row) => row.conn ?? 0),
    detail: Int32Array.from(rows, (row) => row.row),
    blob: Uint8Array.from(blob), details, strings: known.slice(before),
  };
}

export function snapshotOf(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    scenario: "test", seed: 1, atNs: 0, seq: 0, scene: { clusters: [], switches: [], hosts: [] },
    places: [], devices: [], tables: [], processes: [], traceHash: "", ...parts,
  };
}

export function journeyOf(id: number, parts: Partial<JourneyInfo> = {}): JourneyInfo {
  return { id, label: "ping -c 1 11.11.0.2", place: "C0w1/c1", startSeq: 0, terminal: 1, ...parts };
}

export function deviceOf(id: string, parts: Partial<DeviceInfo> = {}): DeviceInfo {
  const [place = "", name = ""] = id.split(":");
  return {
    id, place, name, ifindex: 2, kind: "veth", mac: "02:00:00:00:00:01", mtuBytes: 1500, up: true, carrier: true,
    master: null, peer: null, addresses: [], vni: null, ...parts,
  };
}
