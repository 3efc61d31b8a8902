import type { DeviceInfo, PlaceInfo, Scene } from "../../protocol/snapshot.ts";
import { bareAddress } from "./plan-machine.ts";

interface Named { readonly places: ReadonlyMap<string, PlaceInfo>; readonly devices: ReadonlyMap<string, DeviceInfo>; readonly scene: Scene }

/** "C0w1 cni0", "switch C0s0". */
export function nameOf(world: Named, device: string): string {
  const sw = allSwitches(world.scene).find((one) => one.bridge === device);
  if (sw) return `switch ${sw.label}`;
  const info = world.devices.get(device);
  return info ? `${info.place} ${info.name}` : device;
}

export const allSwitches = (scene: Scene): Scene["switches"] => [...scene.clusters.map((cluster) => cluster.switch), ...scene.switches];

/** One sentence for the whole picture. */
export function describePicture(world: Named): string {
  const { clusters } = world.scene;
  const pods = [...world.places.values()].filter((place) => place.kind === "pod").length;
  if (clusters.length === 0) return `Map of ${world.scene.hosts.length} machines.`;
  const workers = clusters.reduce((n, cluster) => n + cluster.workers.length, 0);
  return `Map of ${clusters.length} clusters with ${workers} workers and ${pods} pods.`;
}

/** First address of a place that is not its loopback's, "" when none. */
export function addressOf(world: Named, place: string): string {
  for (const dev of world.devices.values()) {
    if (dev.place === place && dev.kind !== "loopback" && dev.kind !== "vxlan" && dev.kind !== "bridge" && dev.addresses.length > 0) return bareAddress(dev);
  }
  return "";
}
