import type { DeviceInfo, PlaceInfo, ProcessInfo, Scene } from "../../protocol/snapshot.ts";

/** The same objects as the map, as a tree: cluster → worker → namespace → interface → address. */
export interface OutlineItem {
  readonly id: string;
  readonly text: string;
  /** What Enter selects: place or device id, null for headings. */
  readonly selects: string | null;
  readonly shell: string | null;
  readonly children: readonly OutlineItem[];
}

interface Tree { readonly scene: Scene; readonly places: ReadonlyMap<string, PlaceInfo>; readonly devices: ReadonlyMap<string, DeviceInfo>; readonly processes: ReadonlyMap<number, ProcessInfo> }

export function outlineOf(world: Tree): OutlineItem[] {
  const { scene } = world;
  const clusters = scene.clusters.map((cluster) => heading(`cluster:${cluster.id}`, cluster.label, [
    switchItem(cluster.switch), ...[...cluster.etcd, ...cluster.workers].flatMap((id) => placeItem(world, id)),
  ]));
  const hosts = scene.hosts.flatMap((id) => placeItem(world, id));
  return [...clusters, ...scene.switches.map(switchItem), ...hosts];
}

const heading = (id: string, text: string, children: readonly OutlineItem[]): OutlineItem => ({ id, text, selects: null, shell: null, children });

const switchItem = (sw: Scene["switches"][number]): OutlineItem => ({ id: sw.bridge, text: `Switch ${sw.label}, ${sw.ports.length} ports`, selects: sw.bridge, shell: null, children: [] });

const KIND_WORDS: Readonly<Record<PlaceInfo["kind"], string>> = { root: "", worker: "Worker", pod: "Pod", etcd: "etcd host", host: "Machine", netns: "Namespace", internet: "Internet" };

function placeItem(world: Tree, id: string): OutlineItem[] {
  const place = world.places.get(id);
  if (!place) return [];
  const devices = [...world.devices.values()].filter((dev) => dev.place === id).map(deviceItem);
  const inside = [...world.places.values()].filter((other) => other.parent === id).flatMap((other) => placeItem(world, other.id));
  const processes = [...world.processes.values()].filter((process) => process.place === id)
    .map((process) => heading(`process:${process.pid}`, `Process ${process.command}${process.running ? "" : ", stopped"}`, []));
  const text = `${KIND_WORDS[place.kind]} ${place.label}`.trim();
  return [{ id, text, selects: id, shell: place.shell ? id : null, children: [...inside, ...devices, ...processes] }];
}

function deviceItem(dev: DeviceInfo): OutlineItem {
  const state = dev.up ? dev.carrier ? "up" : "no carrier" : "down";
  const more = dev.vni === null ? [] : [`VNI ${dev.vni}`];
  const text = [`${dev.name}: ${dev.kind}`, state, ...more, `MTU ${dev.mtuBytes}`].join(", ");
  const addresses = dev.addresses.map((address) => heading(`${dev.id} ${address}`, address, []));
  return { id: dev.id, text, selects: dev.id, shell: null, children: addresses };
}

export interface OutlineRow { readonly item: OutlineItem; readonly depth: number; readonly parent: string | null; readonly position: number; readonly siblings: number }

/** The rows that are open to view, from top to bottom. */
export function rowsOf(items: readonly OutlineItem[], open: ReadonlySet<string>, depth = 1, parent: string | null = null): OutlineRow[] {
  return items.flatMap((item, i) => [
    { item, depth, parent, position: i + 1, siblings: items.length },
    ...(open.has(item.id) ? rowsOf(item.children, open, depth + 1, item.id) : []),
  ]);
}
