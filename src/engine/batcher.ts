import { TRACE_KINDS, type TraceEvent, type TraceKind } from "../net/uapi/trace.ts";
import type { EventDetail, TraceBatch } from "../protocol/trace-batch.ts";

const KIND_CODES: ReadonlyMap<TraceKind, number> = new Map(TRACE_KINDS.map((k, i) => [k, i]));
const FIRST_ROWS = 512;
const FIRST_BLOB = 64 * 1024;

/**
 * Collects trace events as a struct of typed arrays. Buffers go to the page by transfer and come
 * back with the acknowledgement; when all are out, new ones are made.
 */
export class Batcher {
  #columns = new Columns(FIRST_ROWS, FIRST_BLOB);
  #spare: Columns[] = [];
  #strings = new Map<string, number>();
  #fresh: string[] = [];
  #details: EventDetail[] = [];
  #count = 0;
  #blobUsed = 0;
  #firstSeq = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get count(): number {
    return this.#count;
  }

  add(e: TraceEvent): void {
    if (this.#count === 0) this.#firstSeq = e.seq;
    const bytes = e.bytes?.length ?? 0;
    this.#columns = this.#columns.withRoom(this.#count + 1, this.#blobUsed + bytes);
    const c = this.#columns;
    const i = this.#count++;
    c.atNs[i] = e.atNs;
    c.kind[i] = KIND_CODES.get(e.kind) ?? 0;
    c.place[i] = this.#stringId(e.place);
    c.dev[i] = this.#stringId(e.dev);
    c.journey[i] = e.journey;
    c.skb[i] = e.skb;
    c.parent[i] = e.parent;
    c.bytesAt[i] = this.#blobUsed;
    c.bytesLength[i] = bytes;
    c.wireLength[i] = e.wireLength;
    c.netOffset[i] = e.netOffset;
    c.conn[i] = e.conn;
    c.detail[i] = this.#detailId(e);
    if (e.bytes !== null) c.blob.set(e.bytes, this.#blobUsed);
    this.#blobUsed += bytes;
  }

  #stringId(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const id = this.#strings.size;
    this.#strings.set(text, id);
    this.#fresh.push(text);
    return id;
  }

  #detailId(e: TraceEvent): number {
    if (e.decision === null && e.changes.length === 0 && e.drop === null && e.note === "" && e.tcp === null) return -1;
    return this.#details.push({ decision: e.decision, changes: e.changes, drop: e.drop, note: e.note, tcp: e.tcp }) - 1;
  }

  /** The batch and the buffers to transfer with it; starts a new one. */
  take(): { readonly batch: TraceBatch; readonly transfer: ArrayBuffer[] } {
    const c = this.#columns;
    const batch: TraceBatch = { firstSeq: this.#firstSeq, count: this.#count, ...c.fields(), details: this.#details, strings: this.#fresh };
    this.#columns = this.#spare.pop() ?? new Columns(FIRST_ROWS, FIRST_BLOB);
    this.#fresh = [];
    this.#details = [];
    this.#count = 0;
    this.#blobUsed = 0;
    return { batch, transfer: c.buffers() };
  }

  /** The page is done with a batch. */
  giveBack(batch: TraceBatch): void {
    if (this.#spare.length < 4 && batch.atNs.length > 0) this.#spare.push(Columns.of(batch));
  }
}

type Fields = Pick<TraceBatch, "atNs" | "kind" | "place" | "dev" | "journey" | "skb" | "parent" | "bytesAt" | "bytesLength" | "wireLength" | "netOffset" | "conn" | "detail" | "blob">;

class Columns {
  atNs: Float64Array<ArrayBuffer>;
  kind: Uint8Array<ArrayBuffer>;
  place: Uint16Array<ArrayBuffer>;
  dev: Uint16Array<ArrayBuffer>;
  journey: Uint32Array<ArrayBuffer>;
  skb: Uint32Array<ArrayBuffer>;
  parent: Uint32Array<ArrayBuffer>;
  bytesAt: Uint32Array<ArrayBuffer>;
  bytesLength: Uint16Array<ArrayBuffer>;
  wireLength: Uint32Array<ArrayBuffer>;
  netOffset: Uint8Array<ArrayBuffer>;
  conn: Uint32Array<ArrayBuffer>;
  detail: Int32Array<ArrayBuffer>;
  blob: Uint8Array<ArrayBuffer>;

  constructor(rows: number, blobBytes: number) {
    this.atNs = new Float64Array(rows);
    this.kind = new Uint8Array(rows);
    this.place = new Uint16Array(rows);
    this.dev = new Uint16Array(rows);
    this.journey = new Uint32Array(rows);
    this.skb = new Uint32Array(rows);
    this.parent = new Uint32Array(rows);
    this.bytesAt = new Uint32Array(rows);
    this.bytesLength = new Uint16Array(rows);
    this.wireLength = new Uint32Array(rows);
    this.netOffset = new Uint8Array(rows);
    this.conn = new Uint32Array(rows);
    this.detail = new Int32Array(rows);
    this.blob = new Uint8Array(blobBytes);
  }

  static of(fields: Fields): Columns {
    return Object.assign(new Columns(0, 0), pick(fields));
  }

  fields(): Fields {
    return pick(this);
  }

  buffers(): ArrayBuffer[] {
    return Object.values(pick(this)).map((array) => array.buffer as ArrayBuffer);
  }

  /** These columns if there is room, else larger ones with the same contents. */
  withRoom(rows: number, blobBytes: number): Columns {
    if (rows <= this.atNs.length && blobBytes <= this.blob.length) return this;
    const bigger = new Columns(grown(this.atNs.length, rows), grown(this.blob.length, blobBytes));
    const from = pick(this);
    const to = pick(bigger);
    for (const key of Object.keys(from) as (keyof Fields)[]) to[key].set(from[key]);
    return bigger;
  }
}

const grown = (have: number, need: number): number => (need <= have ? have : Math.max(need, have * 2));

function pick(f: Fields): Fields {
  const { atNs, kind, place, dev, journey, skb, parent, bytesAt, bytesLength, wireLength, netOffset, conn, detail, blob } = f;
  return { atNs, kind, place, dev, journey, skb, parent, bytesAt, bytesLength, wireLength, netOffset, conn, detail, blob };
}
