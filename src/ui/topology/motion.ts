import type { PacketLook } from "./classify.ts";
import type { EventSource, Life, Lives, Stop, Tunnelled } from "./lives.ts";
import type { NatChange, TraceEvent } from "../../protocol/trace.ts";
import { DROP_REASONS } from "../../protocol/trace.ts";

/**
 * Which packets are where at an instant of the view. The instant is a coordinate x on the log: at
 * x = 7 event 7 has just happened, at 7.5 the view is half-way to event 8. Everything here is a pure
 * function of log and x, so stepping back shows exactly what stepping forward showed.
 */

export type TokenState = "rest" | "move" | "tomb" | "unwanted";

export interface Token {
  readonly life: Life;
  readonly from: Stop;
  /** Where it travels to, null while it rests. */
  readonly to: Stop | null;
  /** Way travelled from `from` to `to`, 0…1. */
  readonly u: number;
  /** Opacity: packets fade in at birth and out after their last event. */
  readonly alpha: number;
  readonly look: PacketLook | null;
  /** 0…1 while a shell grows around the packet or is taken off; `look` is then the larger one. */
  readonly wrap: number;
  readonly state: TokenState;
  /** An address being rewritten, 0…1 of the way; stays at 1 until the packet's next event. */
  readonly flip: { readonly change: NatChange; readonly u: number } | null;
  /** Reason of a drop, "not for me". */
  readonly note: string;
  /** Packets lost at the same spot for the same reason share a mark. */
  readonly count: number;
}

export interface Instant {
  readonly x: number;
  readonly nowNs: number;
}

/** Position counts the events shown; the view travels from the last shown one to `nextSeq`. */
export function instantOf(log: EventSource, position: number, nextSeq: number | null, fraction: number): Instant {
  const from = position - 1;
  const to = nextSeq ?? position;
  const x = from + (to - from) * fraction;
  const below = log.at(Math.floor(x));
  const above = log.at(Math.floor(x) + 1) ?? below;
  const rest = x - Math.floor(x);
  const nowNs = below && above ? below.atNs + (above.atNs - below.atNs) * rest : above?.atNs ?? 0;
  return { x, nowNs };
}

/** Drops that are how a broadcast ends, not accidents. */
const UNWANTED: ReadonlySet<string> = new Set(["OTHERHOST", "ARP_IGNORED", "SOCKET_FILTER", "BRIDGE_SAME_PORT", "BRIDGE_NO_EGRESS"]);
/** How long, in events, a finished packet fades. */
const FADE = 0.8;
const UNWANTED_FADE = 1.6;

/** Tokens at this instant, in order of birth. `shows` tells which packets the view's filter lets through. */
export function tokensAt(lives: Lives, now: Instant, shows: (first: TraceEvent) => boolean): Token[] {
  const tokens: Token[] = [];
  for (const life of lives.around(now.x)) {
    const token = tokenAt(life, now, lives.read);
    if (token && token.alpha > 0.01 && shows(life.first)) tokens.push(token);
  }
  tokens.push(...tombstones(tombsAt(lives, now.x).filter((life) => shows(life.first))));
  return tokens.sort((a, b) => a.life.first.seq - b.life.first.seq);
}

/** Drops since the last command began: their marks stay that long. */
function tombsAt(lives: Lives, x: number): Life[] {
  const begun = lastAtOrBefore(lives.beginnings, x);
  const found: Life[] = [];
  for (let i = lives.tombs.length - 1; i >= 0; i--) {
    const life = lives.tombs[i]!;
    const seq = life.drop?.seq ?? 0;
    if (seq < begun || found.length >= 24) break;
    if (seq <= x && !isUnwanted(life)) found.push(life);
  }
  return found;
}

function lastAtOrBefore(sorted: readonly number[], x: number): number {
  for (let i = sorted.length - 1; i >= 0; i--) if (sorted[i]! <= x) return sorted[i]!;
  return 0;
}

const isUnwanted = (life: Life): boolean => life.drop?.drop !== null && life.drop?.drop !== undefined && UNWANTED.has(life.drop.drop);

/** One mark a spot and reason, the latest packet's. */
function tombstones(lost: readonly Life[]): Token[] {
  const marks = new Map<string, Token>();
  for (const life of lost) {
    const mark = tomb(life);
    // A hook is a spot of its own only where hooks are drawn.
    const key = `${mark.from.spot.replace(/:@.*/, ":")} ${mark.note}`;
    const known = marks.get(key);
    marks.set(key, known === undefined ? mark : { ...known, count: known.count + 1 });
  }
  return [...marks.values()];
}

function tomb(life: Life): Token {
  const at = life.stops.at(-1)!;
  const reason = life.drop?.drop;
  const note = reason ? DROP_REASONS[reason] : life.drop?.note ?? "dropped";
  return { life, from: at, to: null, u: 0, alpha: 1, look: at.look, wrap: 1, state: "tomb", flip: null, note, count: 1 };
}

function tokenAt(life: Life, now: Instant, logEnd: number): Token | null {
  const { stops } = life;
  const bornAt = life.first.seq;
  if (now.x <= bornAt - 1 || stops.length === 0) return null;
  if (life.drop && now.x >= life.drop.seq && !isUnwanted(life)) return null; // its tombstone stands there
  const alpha = Math.min(now.x >= bornAt ? 1 : 1 - (bornAt - now.x), leaving(life, now.x, logEnd));
  if (alpha <= 0) return null;
  const index = stopIndexAt(stops, now.x);
  const from = stops[Math.max(0, index)]!;
  const to = stops[index + 1] ?? null;
  if (isUnwanted(life) && now.x >= life.lastSeq) return still(life, from, alpha, "unwanted", "not for me");
  if (!to || index < 0) return still(life, from, alpha, "rest", "");
  return travelling(life, from, to, alpha, now);
}

function still(life: Life, at: Stop, alpha: number, state: TokenState, note: string): Token {
  return { life, from: at, to: null, u: 0, alpha, look: at.look, wrap: 1, state, flip: at.flip && { change: at.flip, u: 1 }, note, count: 1 };
}

function travelling(life: Life, from: Stop, to: Stop, alpha: number, now: Instant): Token {
  const progress = Math.max(0, Math.min(1, now.x - (to.seq - 1)));
  const u = from.spot === to.spot ? 0 : isCable(from, to) ? onCable(from, to, now) : progress;
  const wrapping = sizeOf(to.look) !== sizeOf(from.look) && progress > 0;
  const grows = sizeOf(to.look) > sizeOf(from.look);
  const look = wrapping && grows ? to.look : from.look;
  const wrap = !wrapping ? 1 : grows ? progress : 1 - progress;
  const state = u > 0 && u < 1 ? "move" : "rest";
  const flip = to.flip && progress > 0 ? { change: to.flip, u: progress } : from.flip && u === 0 ? { change: from.flip, u: 1 } : null;
  return { life, from, to, u: ease(u), alpha, look, wrap, state, flip, note: "", count: 1 };
}

/** From a device onto its cable and off it at the other end. */
const isCable = (from: Stop, to: Stop): boolean => from.kind === "l2.tx" && to.kind === "l2.rx";

/** Frames that are on cables at the same time travel at the same time: by simulated time where any passes. */
function onCable(from: Stop, to: Stop, now: Instant): number {
  const u = to.atNs > from.atNs ? (now.nowNs - from.atNs) / (to.atNs - from.atNs) : (now.x - from.seq) / (to.seq - from.seq);
  if (now.x >= to.seq) return 1;
  return Math.max(0, Math.min(1, u));
}

const ease = (u: number): number => u * u * (3 - 2 * u);

function sizeOf(look: PacketLook | null): number {
  let n = 0;
  for (let at = look; at; at = at.inner) n++;
  return n;
}

/** 1 while the packet is under way, falling to 0 after its last event; at the end of the log it waits. */
function leaving(life: Life, x: number, logEnd: number): number {
  if (x <= life.lastSeq) return 1;
  if (life.lastSeq >= logEnd - 1) return 1;
  return 1 - (x - life.lastSeq) / (isUnwanted(life) ? UNWANTED_FADE : FADE);
}

/** Last stop with seq ≤ x, or -1. Stops are few and recent ones are asked for most. */
function stopIndexAt(stops: readonly Stop[], x: number): number {
  for (let i = stops.length - 1; i >= 0; i--) if (stops[i]!.seq <= x) return i;
  return -1;
}

/** Packets inside tunnels now, with the way travelled from wrapping to unwrapping. */
export function tunnelsAt(lives: Lives, now: Instant): { readonly tunnel: Tunnelled; readonly u: number }[] {
  const found: { tunnel: Tunnelled; u: number }[] = [];
  for (let i = lives.tunnels.length - 1; i >= 0 && found.length < 16; i--) {
    const tunnel = lives.tunnels[i]!;
    if (tunnel.startSeq - 1 >= now.x) continue;
    if (tunnel.endSeq !== null && now.x > tunnel.endSeq + 1) {
      if (lives.tunnels.length - i > 32) break;
      continue;
    }
    found.push({ tunnel, u: tunnelProgress(tunnel, now) });
  }
  return found;
}

function tunnelProgress(tunnel: Tunnelled, now: Instant): number {
  if (tunnel.endSeq === null) return 0.5;
  const u = (now.x - tunnel.startSeq) / Math.max(1, tunnel.endSeq - tunnel.startSeq);
  return Math.max(0, Math.min(1, u));
}

/** Tables that changed at an event just shown: cards that flash beside their place. */
export function flashesAt(log: EventSource, x: number): { readonly event: TraceEvent; readonly age: number }[] {
  const found: { event: TraceEvent; age: number }[] = [];
  for (let seq = Math.max(log.first, Math.ceil(x) - 3); seq <= x; seq++) {
    const event = log.at(seq);
    if (event && event.changes.length > 0) found.push({ event, age: x - seq });
  }
  return found;
}

/** Switches that just flooded: a ring that spreads. */
export function floodsAt(log: EventSource, x: number): { readonly event: TraceEvent; readonly age: number }[] {
  const found: { event: TraceEvent; age: number }[] = [];
  for (let seq = Math.max(log.first, Math.ceil(x) - 6); seq <= x; seq++) {
    const event = log.at(seq);
    if (event?.kind === "bridge.flood") found.push({ event, age: x - seq });
  }
  return found;
}
