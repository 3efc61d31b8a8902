import type { JourneyInfo } from "../../protocol/messages.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { Signal } from "../store/signal.ts";
import type { World } from "../store/world.ts";
import { DEFAULT_CHIPS, isMine, isShown } from "./filter.ts";
import type { FilterChips } from "./filter.ts";
import { durationMs } from "./durations.ts";
import { Hops } from "./hops.ts";
import { Repeats } from "./repeats.ts";

/** "instant": no travelling at all. */
export type Speed = 0.25 | 0.5 | 1 | 2 | 4 | "instant";
export const SPEEDS: readonly Speed[] = [0.25, 0.5, 1, 2, 4, "instant"];

export type StepSize = "event" | "hop" | "journey";

/** What the engine is told (message `pace`). */
export interface Pace {
  readonly played: number;
  readonly hold: boolean;
  readonly speed: number;
}

const REPEAT_FACTOR = 4;
/** Shown events that may wait before the view hurries. */
const BACKLOG_EVENTS = 120;
const INSTANT_SPEED = 1000;

/**
 * Where the view stands in the log, and how it moves. `position` counts the events shown; `fraction`
 * is how far the view has travelled from the last shown event towards `next` (0…1). `frontier` is
 * the furthest position ever shown: the view is in the past when it stands before that.
 * The class knows no clock: `tick(ms)` moves it.
 */
export class Player {
  readonly #world: World;
  readonly #repeats = new Repeats();
  /** Which events are moves. */
  readonly hops = new Hops();
  /** Events up to here were compared with earlier rounds. */
  #compared = 0;
  #journeys: ReadonlyMap<number, JourneyInfo> = new Map();
  #playing = true;
  #speed: Speed = 1;
  #chips: FilterChips = DEFAULT_CHIPS;
  #fraction = 0;
  #frontier = 0;
  #target: LoggedEvent | null = null;
  #wantsMore = false;
  #pausedAt: LoggedEvent | null = null;
  #pauseWhen: ((event: LoggedEvent) => boolean) | null = null;
  /** Set by the system or the menu: no travelling, events appear one after another. */
  reducedMotion = false;

  /** Playing, speed, filter or position changed (not: `fraction`, which is read once a frame). */
  readonly changed = new Signal();

  constructor(world: World) {
    this.#world = world;
    world.loaded.subscribe(() => { this.#restart(); });
    world.arrived.subscribe(() => { this.#onArrived(); });
  }

  get position(): number { return this.#world.position; }
  get frontier(): number { return this.#frontier; }
  get fraction(): number { return this.reducedMotion ? 0 : this.#fraction; }
  /** The shown event the view travels towards, or null when nothing is known to come. */
  get next(): LoggedEvent | null { return this.#target; }
  get playing(): boolean { return this.#playing; }
  get speed(): Speed { return this.#speed; }
  get chips(): FilterChips { return this.#chips; }
  get past(): boolean { return this.position < this.#frontier; }
  /** Number of the round whose path the present packet repeats, 0 when it is a new path. */
  get sameAs(): number { return this.#repeats.at((this.#target ?? this.#world.latest)?.seq ?? -1); }
  /** The event at which the view stopped by itself, until it moves on. */
  get pausedAt(): LoggedEvent | null { return this.#pausedAt; }

  get pace(): Pace {
    const hold = this.past || (!this.#playing && !this.#wantsMore);
    return { played: this.#frontier, hold, speed: this.#speed === "instant" ? INSTANT_SPEED : this.#speed };
  }

  /** Stops by itself at the first shown event beyond the frontier for which this holds. Null: never. */
  setPauseWhen(predicate: ((event: LoggedEvent) => boolean) | null): void { this.#pauseWhen = predicate; }

  play(): void { this.#setPlaying(true); }
  pause(): void { this.#setPlaying(false); }
  toggle(): void { this.#setPlaying(!this.#playing); }

  setSpeed(speed: Speed): void {
    this.#speed = speed;
    this.changed.bump();
  }

  setChips(chips: FilterChips): void {
    this.#chips = chips;
    this.#fraction = 0;
    this.#aim();
    this.changed.bump();
  }

  shows(event: LoggedEvent): boolean { return isShown(event, this.#chips, this.#journeys); }

  /** Forward by one event, to the next interface, or to the end of the packets now under way. Pauses. */
  step(size: StepSize): void {
    this.#playing = false;
    const last = this.#forwardStop(size);
    if (last === null) this.#wantsMore = true;
    else this.#jump(last.seq + 1);
    this.changed.bump();
  }

  /** Back by one event, to the interface before, or to the beginning of the command. Pauses. */
  back(size: StepSize): void {
    this.#playing = false;
    this.#wantsMore = false;
    this.#jump(this.#backStop(size));
    this.changed.bump();
  }

  /** Shows the instant at which `position` events have happened. Pauses. */
  seek(position: number): void {
    this.#playing = false;
    this.#wantsMore = false;
    this.#jump(position);
    this.changed.bump();
  }

  /** Jumps to now and plays on. */
  live(): void {
    this.#jump(this.#world.log.end);
    this.#setPlaying(true);
  }

  /** Moves the view by `ms` of the learner's time. Call once a frame. */
  tick(ms: number): void {
    if (!this.#playing) return;
    const before = this.position;
    if (this.#speed === "instant") this.#playInstantly();
    for (let left = ms; left > 0 && this.#playing && this.#speed !== "instant"; ) left = this.#travel(left);
    if (this.position !== before) this.changed.bump();
  }

  /** Spends `ms` on the way to the next shown event; returns what is left over. */
  #travel(ms: number): number {
    const target = this.#target;
    if (target === null) {
      this.#skipHidden();
      return 0;
    }
    const needMs = this.#durationMs(target);
    const restMs = needMs * (1 - this.#fraction);
    if (restMs > ms) {
      this.#fraction += ms / needMs;
      return 0;
    }
    this.#arrive(target);
    return ms - restMs;
  }

  #durationMs(target: LoggedEvent): number {
    const factor = this.#repeats.at(target.seq) > 0 ? REPEAT_FACTOR : 1;
    const speed = this.#speed === "instant" ? INSTANT_SPEED : this.#speed;
    return durationMs(target, this.hops) / (speed * factor * this.#hurry());
  }

  /** Far behind, the view hurries in proportion; it never jumps. */
  #hurry(): number {
    const behind = this.#world.log.end - this.position;
    return this.past || behind < BACKLOG_EVENTS ? 1 : behind / BACKLOG_EVENTS * 2;
  }

  #arrive(target: LoggedEvent): void {
    const isNew = target.seq >= this.#frontier;
    this.#jump(target.seq + 1);
    if (isNew && this.#pauseWhen?.(target) === true) this.#stopAt(target);
  }

  #stopAt(event: LoggedEvent): void {
    this.#playing = false;
    this.#pausedAt = event;
  }

  #playInstantly(): void {
    const stop = this.#pauseWhen;
    const wanted = stop === null ? null : this.#find(this.#frontier, 1, (event) => this.shows(event) && stop(event));
    if (wanted === null) return this.#skipHidden();
    this.#jump(wanted.seq + 1);
    this.#stopAt(wanted);
  }

  /** Nothing shown lies ahead: what is hidden passes at once. */
  #skipHidden(): void {
    if (this.position === this.#world.log.end) return;
    this.#jump(this.#world.log.end);
  }

  #jump(position: number): void {
    this.#fraction = 0;
    this.#pausedAt = null;
    this.#world.moveTo(position);
    this.#frontier = Math.max(this.#frontier, this.position);
    this.#aim();
  }

  /** Finds the next shown event. */
  #aim(): void { this.#target = this.#find(this.position, 1, (event) => this.shows(event)); }

  #find(from: number, direction: 1 | -1, wanted: (event: LoggedEvent) => boolean): LoggedEvent | null {
    const { log } = this.#world;
    for (let seq = from; seq >= log.first && seq < log.end; seq += direction) {
      const event = log.at(seq);
      if (event !== null && wanted(event)) return event;
    }
    return null;
  }

  #forwardStop(size: StepSize): LoggedEvent | null {
    if (size === "event") return this.#target;
    if (size === "hop") return this.#find(this.position, 1, (event) => this.hops.isHop(event.seq) && this.shows(event)) ?? this.#lastShown();
    return this.#lastShown();
  }

  #lastShown(): LoggedEvent | null {
    const last = this.#find(this.#world.log.end - 1, -1, (event) => this.shows(event));
    return last !== null && last.seq >= this.position ? last : null;
  }

  /** The position to go back to: just after the stop before the present one. */
  #backStop(size: StepSize): number {
    const present = this.#find(this.position - 1, -1, (event) => this.shows(event));
    if (present === null) return this.#world.log.first;
    if (size === "journey") return this.#journeys.get(present.journey)?.startSeq ?? this.#world.log.first;
    const wanted = size === "event" ? () => true : (event: LoggedEvent) => this.hops.isHop(event.seq);
    const before = this.#find(present.seq - 1, -1, (event) => this.shows(event) && wanted(event));
    return before === null ? present.seq : before.seq + 1;
  }

  #setPlaying(playing: boolean): void {
    this.#playing = playing;
    this.#wantsMore = false;
    this.#pausedAt = null;
    this.changed.bump();
  }

  #onArrived(): void {
    this.#journeys = new Map(this.#world.journeys.map((journey) => [journey.id, journey]));
    this.#compare();
    if (this.#target === null) this.#aim();
    if (this.#wantsMore && this.#target !== null) {
      this.#wantsMore = false;
      this.#jump(this.#target.seq + 1);
    }
    this.changed.bump();
  }

  #compare(): void {
    const { log } = this.#world;
    for (; this.#compared < log.end; this.#compared++) {
      const event = log.at(this.#compared);
      if (event === null) continue;
      this.hops.take(event);
      if (isMine(event, this.#journeys)) this.#repeats.take(event);
    }
  }

  #restart(): void {
    this.#journeys = new Map();
    this.#repeats.clear();
    this.hops.clear();
    this.#compared = this.#world.log.first;
    this.#frontier = this.#world.position;
    this.#playing = true;
    this.#wantsMore = false;
    this.#jump(this.#world.position);
    this.changed.bump();
  }
}
