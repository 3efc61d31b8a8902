import type { Lab, Place } from "../lab/lab.ts";
import { type DeviceView, viewDevices, viewTables } from "../os/inspect.ts";
import type { WorldChange } from "../protocol/messages.ts";
import type { DeviceInfo, PlaceInfo, ProcessInfo, Snapshot, TableInfo } from "../protocol/snapshot.ts";

/** What the page was told last, so that only differences are sent. */
export class WorldView {
  readonly #lab: Lab;
  #places = new Map<string, string>();
  #devices = new Map<string, string>();
  #processes = new Map<number, string>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  snapshot(seq: number, traceHash: string): Snapshot {
    const lab = this.#lab;
    const places = lab.places();
    const world = { places: places.map(placeInfo), devices: places.flatMap(devicesAt), processes: processesOf(lab, places) };
    this.#remember(world.places, world.devices, world.processes);
    return { scenario: lab.scenario, seed: lab.seed, atNs: lab.sim.nowNs, seq, scene: lab.scene, tables: places.flatMap(tablesAt), traceHash, ...world };
  }

  #remember(places: readonly PlaceInfo[], devices: readonly DeviceInfo[], processes: readonly ProcessInfo[]): void {
    this.#places = new Map(places.map((p) => [p.id, JSON.stringify(p)]));
    this.#devices = new Map(devices.map((d) => [d.id, JSON.stringify(d)]));
    this.#processes = new Map(processes.map((p) => [p.pid, JSON.stringify(p)]));
  }

  /** What appeared, changed or went since the last call; null when nothing did. */
  changes(seq: number): WorldChange | null {
    const all = this.#lab.places();
    const places = all.map(placeInfo);
    const devices = all.flatMap(devicesAt);
    const processes = processesOf(this.#lab, all);
    const change: WorldChange = {
      seq, ...named("places", differing(places, (p) => p.id, this.#places)), ...named("devices", differing(devices, (d) => d.id, this.#devices)),
      ...named("processes", differing(processes, (p) => p.pid, this.#processes)),
    } as WorldChange;
    this.#remember(places, devices, processes);
    const size = change.places.length + change.placesGone.length + change.devices.length + change.devicesGone.length + change.processes.length + change.processesGone.length;
    return size === 0 ? null : change;
  }
}

function differing<T, K>(now: readonly T[], idOf: (item: T) => K, before: ReadonlyMap<K, string>): { readonly fresh: T[]; readonly gone: K[] } {
  const ids = new Set(now.map(idOf));
  return { fresh: now.filter((item) => before.get(idOf(item)) !== JSON.stringify(item)), gone: [...before.keys()].filter((id) => !ids.has(id)) };
}

const named = (name: string, d: { readonly fresh: unknown[]; readonly gone: unknown[] }): Record<string, unknown> => ({ [name]: d.fresh, [`${name}Gone`]: d.gone });

function placeInfo(place: Place): PlaceInfo {
  const { id, kind, label, parent, node } = place;
  return { id, kind, label, parent, shell: node !== null, prompt: id };
}

function devicesAt(place: Place): DeviceInfo[] {
  return viewDevices(place.net.netns).map((d) => deviceInfo(place.id, d));
}

function deviceInfo(place: string, d: DeviceView): DeviceInfo {
  const { name, ifindex, kind, mac, mtuBytes, up, carrier, addresses, vni } = d;
  const peer = d.peer === null ? null : `${d.peer.place}:${d.peer.name}`;
  return { id: `${place}:${name}`, place, name, ifindex, kind, mac, mtuBytes, up, carrier, addresses, vni, peer, master: d.master === null ? null : `${place}:${d.master}` };
}

function tablesAt(place: Place): TableInfo[] {
  return viewTables(place.net.netns).map(({ table, rows }) => ({ place: place.id, table, rows }));
}

/** Processes that stand somewhere on the map: daemons and what was typed, not the machines' own shells. */
function processesOf(lab: Lab, places: readonly Place[]): ProcessInfo[] {
  const byNet = new Map(places.map((p) => [p.net.netns, p.id]));
  const own = new Set([...lab.nodes.values()].map((n) => n.process));
  return lab.kernel.processes.flatMap((p) => {
    const place = byNet.get(p.ns.net.netns);
    if (place === undefined || own.has(p) || p === lab.kernel.init || !p.alive || p.comm === "bash") return [];
    return [{ pid: p.pid.in(lab.kernel.rootNs.pid) ?? 0, place, command: p.argv.join(" "), running: true }];
  });
}
