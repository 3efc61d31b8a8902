import type { JourneyInfo, WorldChange } from "../../protocol/messages.ts";
import type { DeviceInfo, PlaceInfo, ProcessInfo, Scene, Snapshot } from "../../protocol/snapshot.ts";
import type { TableName } from "../../protocol/trace.ts";
import type { TraceBatch } from "../../protocol/trace-batch.ts";
import { Entities } from "./entities.ts";
import { EventLog } from "./event-log.ts";
import type { LoggedEvent } from "./event-log.ts";
import { Signal } from "./signal.ts";
import { Tables } from "./tables.ts";
import type { Rows } from "./tables.ts";

const EMPTY_SCENE: Scene = { clusters: [], switches: [], hosts: [] };

/**
 * The page's mirror of the simulated world, outside React. It knows every trace event received, and
 * shows places, devices, processes and tables as they were at `position`: the number of events the
 * view has shown. (Event number `position` is the next one; `position === log.end` is now.)
 */
export class World {
  readonly log = new EventLog();
  readonly #tables = new Tables();
  readonly #entities = new Entities();
  #scene: Scene = EMPTY_SCENE;
  #scenario = "";
  #seed = 0;
  #journeys: JourneyInfo[] = [];
  #position = 0;

  /** A snapshot replaced everything. */
  readonly loaded = new Signal();
  /** Events or journeys arrived. */
  readonly arrived = new Signal();
  /** The view moved: tables and entities may differ. */
  readonly moved = new Signal();
  /** Places, devices or processes differ from before (fires also after `loaded`). */
  readonly changed = new Signal();

  get scene(): Scene { return this.#scene; }
  get scenario(): string { return this.#scenario; }
  get seed(): number { return this.#seed; }
  get position(): number { return this.#position; }
  get journeys(): readonly JourneyInfo[] { return this.#journeys; }
  get places(): ReadonlyMap<string, PlaceInfo> { return this.#entities.places; }
  get devices(): ReadonlyMap<string, DeviceInfo> { return this.#entities.devices; }
  get processes(): ReadonlyMap<number, ProcessInfo> { return this.#entities.processes; }

  load(snapshot: Snapshot): void {
    this.#scene = snapshot.scene;
    this.#scenario = snapshot.scenario;
    this.#seed = snapshot.seed;
    this.#journeys = [];
    this.#position = snapshot.seq;
    this.log.restart(snapshot.seq);
    this.#tables.load(snapshot.tables);
    this.#entities.load(snapshot);
    this.loaded.bump();
    this.changed.bump();
    this.moved.bump();
  }

  /** What one `frame` message brings. The view does not move by it. */
  receive(batch: TraceBatch | null, change: WorldChange | null, journeys: readonly JourneyInfo[]): void {
    if (batch !== null) this.log.append(batch, this.#position);
    if (change !== null) this.#entities.add(change);
    if (journeys.length > 0) this.#journeys = mergeJourneys(this.#journeys, journeys);
    if (change !== null && this.#entities.moveTo(this.#position)) this.changed.bump();
    if (batch !== null || journeys.length > 0) this.arrived.bump();
  }

  /** Rows of a table at the instant of the view. */
  rows(place: string, table: TableName): Rows { return this.#tables.rows(place, table); }

  /** The event shown last, or null at the very start. */
  get latest(): LoggedEvent | null { return this.log.at(this.#position - 1); }

  /** Brings tables and entities to `position`, clamped to what the log holds. */
  moveTo(position: number): void {
    const target = Math.max(this.log.first, Math.min(position, this.log.end));
    if (target === this.#position) return;
    while (this.#position < target) this.#forward();
    while (this.#position > target) this.#backward();
    if (this.#entities.moveTo(target)) this.changed.bump();
    this.moved.bump();
  }

  #forward(): void {
    for (const change of this.log.at(this.#position)?.changes ?? []) this.#tables.forward(change);
    this.#position++;
  }

  #backward(): void {
    this.#position--;
    const changes = this.log.at(this.#position)?.changes ?? [];
    for (let i = changes.length - 1; i >= 0; i--) {
      const change = changes[i];
      if (change !== undefined) this.#tables.backward(change);
    }
  }
}

/** A journey sent again (its label or end became known) replaces the earlier one. */
function mergeJourneys(known: readonly JourneyInfo[], news: readonly JourneyInfo[]): JourneyInfo[] {
  const fresh = new Map(news.map((journey) => [journey.id, journey]));
  const kept = known.filter((journey) => !fresh.has(journey.id));
  return [...kept, ...fresh.values()].sort((a, b) => a.startSeq - b.startSeq);
}
