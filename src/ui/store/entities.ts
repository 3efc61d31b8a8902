import type { WorldChange } from "../../protocol/messages.ts";
import type { DeviceInfo, PlaceInfo, ProcessInfo, Snapshot } from "../../protocol/snapshot.ts";

/** What an applied change replaced, so that stepping back puts it where it was. */
interface Undo {
  readonly change: WorldChange;
  readonly places: readonly (readonly [string, PlaceInfo | undefined])[];
  readonly devices: readonly (readonly [string, DeviceInfo | undefined])[];
  readonly processes: readonly (readonly [number, ProcessInfo | undefined])[];
}

/** Places, devices and processes at the instant of the view. Changes wait until the view reaches their position. */
export class Entities {
  readonly places = new Map<string, PlaceInfo>();
  readonly devices = new Map<string, DeviceInfo>();
  readonly processes = new Map<number, ProcessInfo>();
  #waiting: WorldChange[] = [];
  #applied: Undo[] = [];

  load(snapshot: Snapshot): void {
    this.#waiting = [];
    this.#applied = [];
    refill(this.places, snapshot.places.map((place) => [place.id, place]));
    refill(this.devices, snapshot.devices.map((device) => [device.id, device]));
    refill(this.processes, snapshot.processes.map((process) => [process.pid, process]));
  }

  /** Takes a change; it shows once the view has reached `change.seq`. */
  add(change: WorldChange): void { this.#waiting.push(change); }

  /** Brings the entities to position `seq`. True when anything changed. */
  moveTo(seq: number): boolean {
    let changed = false;
    for (let next = this.#waiting[0]; next !== undefined && next.seq <= seq; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#applied.push(this.#apply(next));
      changed = true;
    }
    for (let last = this.#applied.at(-1); last !== undefined && last.change.seq > seq; last = this.#applied.at(-1)) {
      this.#applied.pop();
      this.#revert(last);
      this.#waiting.unshift(last.change);
      changed = true;
    }
    return changed;
  }

  #apply(change: WorldChange): Undo {
    return {
      change,
      places: replace(this.places, change.places, (place) => place.id, change.placesGone),
      devices: replace(this.devices, change.devices, (device) => device.id, change.devicesGone),
      processes: replace(this.processes, change.processes, (process) => process.pid, change.processesGone),
    };
  }

  #revert(undo: Undo): void {
    putBack(this.places, undo.places);
    putBack(this.devices, undo.devices);
    putBack(this.processes, undo.processes);
  }
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

function replace<K, V>(map: Map<K, V>, put: readonly V[], keyOf: (value: V) => K, gone: readonly K[]): [K, V | undefined][] {
  const before: [K, V | undefined][] = [];
  for (const key of gone) {
    before.push([key, map.get(key)]);
    map.delete(key);
  }
  for (const value of put) {
    before.push([keyOf(value), map.get(keyOf(value))]);
    map.set(keyOf(value), value);
  }
  return before;
}

function putBack<K, V>(map: Map<K, V>, before: readonly (readonly [K, V | undefined])[]): void {
  for (const [key, value] of [...before].reverse()) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}
