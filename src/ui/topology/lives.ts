import type { NatChange, TraceEvent, TraceKind } from "../../protocol/trace.ts";
import { classify } from "./classify.ts";
import { NatMemory, badgesAfter } from "./nat-badges.ts";
import type { PacketLook } from "./classify.ts";

/**
 * The life of each packet, read from the trace: where it was at which event. Nothing is scripted: a
 * packet without events has no life, and a life ends with its last event.
 */

/** A packet at a place: event number, time, spot id, and what it looked like then. */
export interface Stop {
  readonly seq: number;
  readonly atNs: number;
  /** "place:dev", or "place:" for its kernel. */
  readonly spot: string;
  readonly kind: TraceKind;
  readonly look: PacketLook | null;
  /** "D", "S", "DS": the packet goes by rewritten addresses. "↻" sent once more, "=" duplicate ACK, "0" window, "?" probe. */
  readonly badges: string;
  /** The rewriting that this event is. */
  readonly flip: NatChange | null;
}

export interface Life {
  /** Identity of the packet. A daemon's errand gets a negative one. */
  readonly skb: number;
  readonly parent: number;
  readonly journey: number;
  readonly first: TraceEvent;
  readonly stops: Stop[];
  /** Number of its last event so far. */
  lastSeq: number;
  /** The event that lost it, if any. */
  drop: TraceEvent | null;
}

/** A packet inside a tunnel: from the event that wrapped it to the one that unwrapped it (null: not yet). */
export interface Tunnelled {
  readonly root: number;
  readonly journey: number;
  /** Places of the wrapping and of the unwrapping machine. */
  readonly from: string;
  readonly startSeq: number;
  readonly startNs: number;
  readonly vni: number | null;
  /** Outer destination: the address that the winning fdb row names. */
  readonly remote: string;
  to: string | null;
  endSeq: number | null;
  endNs: number;
}

/** What the log offers. */
export interface EventSource {
  readonly first: number;
  readonly end: number;
  at(seq: number): TraceEvent | null;
}

const BUCKET = 128;
/** Events that the log forgets before it is worth to forget them here as well. */
const FORGET_EVERY = 10_000;

function dropWhile<T>(list: T[], old: (item: T) => boolean): void {
  let n = 0;
  while (n < list.length && old(list[n]!)) n++;
  list.splice(0, n);
}

/** The packet is at the device the event names. */
const AT_DEVICE: ReadonlySet<TraceKind> = new Set(["l2.tx", "l2.rx", "bridge.hit", "bridge.flood", "bridge.learn", "encap", "decap"]);
/** The packet is in its kernel or program. */
const IN_KERNEL: ReadonlySet<TraceKind> = new Set([
  "app.send", "app.recv", "route", "local", "forward", "ttl", "frag", "defrag", "frag.needed",
  "nft.eval", "nat", "ct.new", "ct.hit", "icmp.echo", "icmp.reply", "icmp.error",
  "tcp.retransmit", "tcp.dupack", "tcp.rst", "tcp.window", "tcp.probe", "tcp.overflow",
]);

export class Lives {
  /** Event number up to which the log has been read. */
  read = 0;
  readonly bySkb = new Map<number, Life>();
  readonly tombs: Life[] = [];
  readonly tunnels: Tunnelled[] = [];
  /** Numbers of the events with which a new journey began, ascending. */
  readonly beginnings: number[] = [];
  readonly #buckets = new Map<number, Set<Life>>();
  readonly #openTunnels = new Map<number, Tunnelled>();
  readonly #errands = new Map<string, Life>();
  readonly #translated = new NatMemory();
  #newestJourney = 0;
  #kept = 0;

  /** Starts again at this event number. */
  restart(seq: number): void {
    this.read = seq;
    this.#kept = seq;
    this.bySkb.clear();
    this.tombs.length = 0;
    this.tunnels.length = 0;
    this.beginnings.length = 0;
    this.#buckets.clear();
    this.#openTunnels.clear();
    this.#errands.clear();
    this.#translated.clear();
    this.#newestJourney = 0;
  }

  /** Reads what is new in the log. */
  follow(log: EventSource): void {
    if (this.read > log.end || this.read < log.first) this.restart(log.first);
    if (log.first >= this.#kept + FORGET_EVERY) this.#forget(log.first);
    for (; this.read < log.end; this.read++) {
      const event = log.at(this.read);
      if (event) this.#take(event);
    }
  }

  /** Lives that may show between events x-1 and x+2. */
  around(x: number): ReadonlySet<Life> { return this.#buckets.get(Math.floor(Math.max(0, x) / BUCKET)) ?? EMPTY; }

  /** The log has forgotten what was before `first`: so do we. */
  #forget(first: number): void {
    this.#kept = first;
    for (const [skb, life] of this.bySkb) if (life.lastSeq < first) this.bySkb.delete(skb);
    for (const n of this.#buckets.keys()) if ((n + 1) * BUCKET < first) this.#buckets.delete(n);
    dropWhile(this.tombs, (life) => life.lastSeq < first);
    dropWhile(this.tunnels, (tunnel) => tunnel.startSeq < first);
  }

  #take(event: TraceEvent): void {
    if (event.journey > this.#newestJourney) {
      this.#newestJourney = event.journey;
      this.beginnings.push(event.seq);
    }
    if (event.kind === "ctl.miss") this.#beginErrand(event);
    else if (event.kind === "neigh.write" || event.kind === "neigh.fail") this.#endErrand(event);
    if (event.skb === 0) return;
    const life = this.bySkb.get(event.skb) ?? this.#born(event);
    life.lastSeq = event.seq;
    this.#addStop(life, event);
    if (event.drop !== null || event.kind === "drop") this.#lost(life, event);
    this.#tunnel(life, event);
    this.#index(life, event.seq);
  }

  #born(event: TraceEvent): Life {
    const life: Life = { skb: event.skb, parent: event.parent, journey: event.journey, first: event, stops: [], lastSeq: event.seq, drop: null };
    this.bySkb.set(event.skb, life);
    const origin = this.bySkb.get(event.parent)?.stops.at(-1);
    if (origin) life.stops.push({ ...origin, look: lookOf(event) ?? origin.look });
    return life;
  }

  #addStop(life: Life, event: TraceEvent): void {
    const last = life.stops.at(-1);
    const look = lookOf(event) ?? last?.look ?? null;
    const spot = spotOf(event) ?? last?.spot ?? `${event.place}:`;
    const flip = event.decision?.nat ?? null;
    const badges = badgesAfter(last?.badges ?? this.#translated.badgesOfAnswer(life.journey, look), flip);
    const translated = badges.replace(/[^DS]/g, "");
    if (translated !== "") this.#translated.note(life.journey, look, translated);
    life.stops.push({ seq: event.seq, atNs: event.atNs, spot, kind: event.kind, look, badges: withMark(badges, event.kind), flip });
  }

  #lost(life: Life, event: TraceEvent): void {
    life.drop = event;
    this.tombs.push(life);
  }

  /** Around three buckets, so that fading in and out near a border is found as well. */
  #index(life: Life, seq: number): void {
    for (let n = Math.floor(Math.max(0, seq - 2) / BUCKET); n <= Math.floor((seq + 2) / BUCKET); n++) this.#bucket(n).add(life);
    const before = life.stops.at(-2);
    if (!before) return;
    for (let n = Math.floor(before.seq / BUCKET) + 1; n < Math.floor(seq / BUCKET); n++) this.#bucket(n).add(life);
  }

  #bucket(n: number): Set<Life> {
    const known = this.#buckets.get(n);
    if (known) return known;
    const made = new Set<Life>();
    this.#buckets.set(n, made);
    return made;
  }

  #root(life: Life): number {
    let at = life;
    for (let depth = 0; depth < 16; depth++) {
      const parent = this.bySkb.get(at.parent);
      if (!parent || parent === at) break;
      at = parent;
    }
    return at.skb;
  }

  #tunnel(life: Life, event: TraceEvent): void {
    if (event.kind === "encap") {
      const look = life.stops.at(-1)?.look ?? null;
      const tunnel: Tunnelled = {
        root: this.#root(life), journey: event.journey, from: event.place, startSeq: event.seq, startNs: event.atNs,
        vni: look?.vni ?? null, remote: /dst (\S+)/.exec(event.decision?.row ?? "")?.[1] ?? look?.to ?? "", to: null, endSeq: null, endNs: 0,
      };
      this.tunnels.push(tunnel);
      this.#openTunnels.set(tunnel.root, tunnel);
    } else if (event.kind === "decap") {
      const open = this.#openTunnels.get(this.#root(life));
      if (!open) return;
      Object.assign(open, { to: event.place, endSeq: event.seq, endNs: event.atNs });
      this.#openTunnels.delete(open.root);
    }
  }

  /** The kernel asks the daemon: from the device up to the process. */
  #beginErrand(event: TraceEvent): void {
    const device = { seq: event.seq - 1, atNs: event.atNs, spot: `${event.place}:${event.dev}`, kind: event.kind, look: CONTROL, badges: "", flip: null };
    const chip = { ...device, seq: event.seq, spot: `${event.place}:@flanneld` };
    const life: Life = { skb: -1 - event.seq, parent: 0, journey: event.journey, first: event, stops: [device, chip], lastSeq: event.seq, drop: null };
    this.#errands.set(event.place, life);
    this.#index(life, event.seq);
  }

  /** The daemon's answer: down to the table it writes. */
  #endErrand(event: TraceEvent): void {
    const life = this.#errands.get(event.place);
    const asked = life?.stops[0]?.spot;
    if (!life || asked === undefined || (event.dev !== "" && asked !== `${event.place}:${event.dev}`)) return;
    this.#errands.delete(event.place);
    life.stops.push({ seq: event.seq, atNs: event.atNs, spot: asked, kind: event.kind, look: CONTROL, badges: "", flip: null });
    life.lastSeq = event.seq;
    this.#index(life, event.seq);
  }
}

/** A hook of a machine's packet path, where its inside is drawn; its kernel elsewhere. */
export const hookSpot = (place: string, hook: string): string => `${place}:@${hook}`;

const EMPTY: ReadonlySet<Life> = new Set();

/** What a segment wears from the event on that says why it is special. */
const TCP_BADGES: Readonly<Partial<Record<TraceKind, string>>> = { "tcp.retransmit": "↻", "tcp.dupack": "=", "tcp.window": "0", "tcp.probe": "?" };

function withMark(badges: string, kind: TraceKind): string {
  const mark = TCP_BADGES[kind] ?? "";
  return badges.includes(mark) ? badges : badges + mark;
}

/** A message between kernel and daemon: hollow, dashed. */
const CONTROL: PacketLook = {
  kind: "control", letter: "c", reply: false, from: "kernel", to: "flanneld", what: "netlink message",
  lengthBytes: 0, ttl: null, vni: null, inner: null,
};

const lookOf = (event: TraceEvent): PacketLook | null => (event.bytes ? classify(event.bytes, event.netOffset) : null);

/** Spot id of an event, null when the packet stays where it is. */
export function spotOf(event: TraceEvent): string | null {
  const hook = event.decision?.hook;
  if (hook !== undefined) return hookSpot(event.place, hook);
  if (AT_DEVICE.has(event.kind) && event.dev !== "") return `${event.place}:${event.dev}`;
  return AT_DEVICE.has(event.kind) || IN_KERNEL.has(event.kind) ? `${event.place}:` : null;
}
