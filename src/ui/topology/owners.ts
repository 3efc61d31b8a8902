import type { DeviceInfo } from "../../protocol/snapshot.ts";

interface Devices { readonly devices: ReadonlyMap<string, DeviceInfo> }

/** Who has an address, and where a machine's tunnel port is. Worked out when first asked, forgotten when devices change. */
export class Owners {
  readonly #source: Devices;
  #byAddress: Map<string, string> | null = null;

  constructor(source: Devices) { this.#source = source; }

  forget(): void { this.#byAddress = null; }

  /** Place that has this IPv4 address on a device that is no tunnel, or null. */
  readonly ownerOf = (address: string): string | null => {
    this.#byAddress ??= this.#read();
    return this.#byAddress.get(address) ?? null;
  };

  /** Id of the place's VXLAN device with this VNI (any, when the VNI is not known). */
  readonly tunnelPort = (place: string, vni: number | null): string | null => {
    for (const dev of this.#source.devices.values()) {
      if (dev.place === place && dev.kind === "vxlan" && (vni === null || dev.vni === vni)) return dev.id;
    }
    return null;
  };

  #read(): Map<string, string> {
    const owners = new Map<string, string>();
    for (const dev of this.#source.devices.values()) {
      if (dev.kind === "vxlan" || dev.kind === "loopback") continue;
      for (const address of dev.addresses) owners.set(address.split("/")[0] ?? "", dev.place);
    }
    return owners;
  }
}
