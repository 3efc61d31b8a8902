import { viewDevices } from "../os/inspect.ts";
import type { Lab, Place } from "./lab.ts";

/** What a lesson's variable stands for: {ip: "C0/c2"}, {mac: "C0w1:flannel.100"}, {subnet: "C0w1:cni0"}, {value: 42}. */
export interface VarFacts {
  readonly ip?: string | undefined;
  readonly mac?: string | undefined;
  readonly subnet?: string | undefined;
  readonly value?: string | number | undefined;
}

/** Variables of a lesson in this world; one that stands for nothing (yet) is left out. */
export function resolveVars(lab: Lab, vars: Readonly<Record<string, VarFacts>>): Readonly<Record<string, string>> {
  const found = Object.entries(vars).map(([name, facts]) => [name, resolve(lab, facts)] as const);
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== null));
}

function resolve(lab: Lab, { ip, mac, subnet, value }: VarFacts): string | null {
  if (ip !== undefined) return cidrOf(lab, ip)?.replace(/\/\d+$/, "") ?? null;
  if (mac !== undefined) return deviceOf(lab, mac)?.mac ?? null;
  if (subnet !== undefined) return networkOf(cidrOf(lab, subnet));
  return value === undefined ? null : String(value);
}

/** "10.0.0.3/8" → "10.0.0.0/8". */
function networkOf(cidr: string | null): string | null {
  if (cidr === null) return null;
  const [address = "", bits = "32"] = cidr.split("/");
  const n = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(n / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${bits}`;
}

const cidrOf = (lab: Lab, name: string): string | null => deviceOf(lab, name)?.addresses[0] ?? null;

/** "C0w1:flannel.100" = that device; "C0w1" or "C0/c2" = the first device with an address that is not `lo`. */
function deviceOf(lab: Lab, name: string): ReturnType<typeof viewDevices>[number] | undefined {
  const [at = "", dev] = name.split(":");
  const place = placeOf(lab, at);
  const devices = place === undefined ? [] : viewDevices(place.net.netns);
  return devices.find((d) => (dev === undefined ? d.kind !== "loopback" && d.addresses.length > 0 : d.name === dev));
}

/** "C0/c2": container c2 on whichever worker of cluster C0 it runs. */
function placeOf(lab: Lab, at: string): Place | undefined {
  const [cluster, container] = at.split("/");
  const workers = lab.scene.clusters.find((c) => c.id === cluster)?.workers;
  if (workers === undefined || container === undefined) return lab.place(at);
  return workers.map((worker) => lab.place(`${worker}/${container}`)).find((place) => place !== undefined);
}

/** `${name}` replaced; an unknown one stays visible. */
export function fillIn(text: string, vars: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => vars[name] ?? whole);
}
