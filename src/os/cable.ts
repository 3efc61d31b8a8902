import type { Netns } from "../net/core/netns.ts";
import { cableFaultOf, cutCable, mendCable, setCableFault, vethPriv } from "../net/dev/veth.ts";
import type { CableChange, CableFault } from "../net/uapi/cable.ts";

/** What somebody outside the machines does to the cable of a device, either end. A sentence when there is no such cable. */
export function changeCable(ns: Netns, name: string, change: CableChange): string | null {
  const dev = ns.device(name);
  if (dev === undefined) return `There is no device ${ns.place}:${name}.`;
  if (dev.ops.kind !== "veth") return `${ns.place}:${name} is a ${dev.ops.kind}: it has no cable.`;
  if (change.is === "cut") cutCable(dev);
  else if (change.is === "mend") mendCable(dev);
  else setCableFault(dev, change.fault);
  return null;
}

/** How a device's cable is; null where there is none. */
export function viewCable(ns: Netns, name: string): { readonly cut: boolean; readonly fault: CableFault } | null {
  const dev = ns.device(name);
  return dev?.ops.kind === "veth" ? { cut: vethPriv(dev).cable.cut, fault: cableFaultOf(dev) } : null;
}
