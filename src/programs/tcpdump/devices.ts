import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Sys } from "../../os/sys.ts";

/** A capture device as pcap_findalldevs(3) lists it. */
export interface Device {
  readonly name: string;
  readonly description: string | null;
  /** What -D prints in brackets. */
  readonly state: string;
  /** Lower is listed first. */
  readonly rank: number;
}

const [UP, LOOPBACK, RUNNING, LOWER_UP] = [1, 8, 64, 0x10000];
const [NOT_RUNNING, NOT_UP, DISCONNECTED, IS_LOOPBACK, IS_ANY] = [0x80000000, 0x40000000, 0x20000000, 0x10000000, 0x08000000];

/** Devices that libpcap offers on every Linux machine. Capturing on them is not simulated, but for "any". */
const PSEUDO: readonly Device[] = [
  { name: "any", description: "Pseudo-device that captures on all interfaces", state: "Up, Running", rank: IS_ANY },
  { name: "bluetooth-monitor", description: "Bluetooth Linux Monitor", state: "Wireless", rank: NOT_RUNNING + NOT_UP },
  { name: "nflog", description: "Linux netfilter log (NFLOG) interface", state: "none", rank: NOT_RUNNING + NOT_UP },
  { name: "nfqueue", description: "Linux netfilter queue (NFQUEUE) interface", state: "none", rank: NOT_RUNNING + NOT_UP },
  { name: "dbus-system", description: "D-Bus system bus", state: "none", rank: NOT_RUNNING + NOT_UP },
  { name: "dbus-session", description: "D-Bus session bus", state: "none", rank: NOT_RUNNING + NOT_UP },
];

/** Names of devices that exist, and can be captured on only in the real world. */
export const isUnsimulatedDevice = (name: string): boolean => name !== "any" && PSEUDO.some((d) => d.name === name);

/** The interfaces of this process's network namespace, by index. */
export function links(sys: Sys): readonly LinkRow[] {
  const reply = sys.rtnl({ op: "link.dump" });
  return isRtnlError(reply) ? [] : reply.items.flatMap((item) => (item.is === "link" ? [item.link] : []));
}

export const isUp = (link: LinkRow): boolean => (link.flags & UP) !== 0;
export const isLoopback = (link: LinkRow): boolean => (link.flags & LOOPBACK) !== 0;

function deviceOf(link: LinkRow): Device {
  const up = isUp(link);
  const connected = up && (link.flags & LOWER_UP) !== 0;
  const running = up && (link.flags & RUNNING) !== 0;
  const loopback = isLoopback(link);
  const words = [...(up ? ["Up"] : []), ...(running ? ["Running"] : []), ...(loopback ? ["Loopback"] : [])];
  const state = [...(words.length === 0 ? ["none"] : words), ...(loopback ? [] : [connected ? "Connected" : "Disconnected"])];
  const rank =
    (running ? 0 : NOT_RUNNING) + (up ? 0 : NOT_UP) + (connected || loopback ? 0 : DISCONNECTED) + (loopback ? IS_LOOPBACK : 0);
  return { name: link.name, description: null, state: state.join(", "), rank };
}

/** All devices, the likeliest to be wanted first (libpcap's get_figure_of_merit). */
export function devices(sys: Sys): readonly Device[] {
  return [...links(sys).map(deviceOf), ...PSEUDO].sort((a, b) => a.rank - b.rank);
}

/** -D. */
export function deviceList(sys: Sys): string {
  const line = (d: Device, i: number): string => `${i + 1}.${d.name}${d.description === null ? "" : ` (${d.description})`} [${d.state}]\n`;
  return devices(sys).map(line).join("");
}
