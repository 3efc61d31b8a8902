import { formatIp4, formatMac, maskOf } from "../../wire/addr.ts";
import type { AddrRow } from "../../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";

/** How ifconfig 2.10 prints an interface (ife_print_long, ife_print_short). */

const WORDS: readonly (readonly [number, string])[] = [
  [0x1, "UP"], [0x2, "BROADCAST"], [0x4, "DEBUG"], [0x8, "LOOPBACK"], [0x10, "POINTOPOINT"], [0x20, "NOTRAILERS"], [0x40, "RUNNING"], [0x80, "NOARP"],
  [0x100, "PROMISC"], [0x200, "ALLMULTI"], [0x800, "SLAVE"], [0x400, "MASTER"], [0x1000, "MULTICAST"], [0x8000, "DYNAMIC"],
];
const LETTERS: readonly (readonly [number, string])[] = [
  [0x200, "A"], [0x2, "B"], [0x4, "D"], [0x8, "L"], [0x1000, "M"], [0x8000, "d"], [0x100, "P"], [0x20, "N"], [0x80, "O"], [0x10, "P"], [0x800, "s"], [0x400, "m"], [0x40, "R"], [0x1, "U"],
];
const LOOPBACK = 772;
const IFF_BROADCAST = 0x2;
const IFF_POINTOPOINT = 0x10;

/** An interface, or one of its further names ("eth0:1"): they share everything but the address. */
export interface Shown {
  readonly name: string;
  readonly link: LinkRow;
  readonly addr: AddrRow | undefined;
}

/** ifr_flags is a signed 16-bit number. */
export const flagsOf = (link: LinkRow): number => ((link.flags & 0xffff) << 16) >> 16;

export function showLong({ name, link, addr }: Shown): string {
  const words = WORDS.filter(([bit]) => (link.flags & bit) !== 0).map(([, word]) => word);
  const head = `${name}: flags=${flagsOf(link)}<${words.join(",")}>  mtu ${link.mtuBytes}\n`;
  return `${head}${addr === undefined ? "" : inetLine(link, addr)}${hardwareLine(link)}${name.includes(":") ? "" : counters(link)}\n`;
}

function inetLine(link: LinkRow, a: AddrRow): string {
  const broadcast = (link.flags & IFF_BROADCAST) !== 0 ? `  broadcast ${a.broadcast === null ? "0.0.0.0" : formatIp4(a.broadcast)}` : "";
  const far = (link.flags & IFF_POINTOPOINT) !== 0 ? `  destination ${formatIp4(a.peer)}` : "";
  return `        inet ${formatIp4(a.local)}  netmask ${formatIp4(maskOf(a.prefixLen))}${broadcast}${far}\n`;
}

function hardwareLine(link: LinkRow): string {
  if (link.type === LOOPBACK) return `        loop  txqueuelen ${link.txqlen}  (Local Loopback)\n`;
  return `        ether ${formatMac(link.address)}  txqueuelen ${link.txqlen}  (Ethernet)\n`;
}

function counters({ stats: s }: LinkRow): string {
  return `        RX packets ${s.rxPackets}  bytes ${s.rxBytes} (${scaled(s.rxBytes)})
        RX errors ${s.rxErrors}  dropped ${s.rxDropped}  overruns 0  frame 0
        TX packets ${s.txPackets}  bytes ${s.txBytes} (${scaled(s.txBytes)})
        TX errors ${s.txErrors}  dropped ${s.txDropped} overruns 0  carrier ${s.txCarrierErrors}  collisions 0
`;
}

/** One decimal, cut off, not rounded (print_bytes_scaled). */
function scaled(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let power = 0;
  while (bytes >= 1024 ** (power + 1) && power < units.length - 1) power++;
  const tenths = Math.floor((bytes * 10) / 1024 ** power);
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${units[power]}`;
}

export const SHORT_HEADER = "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n";

export function showShort({ name, link: { stats: s, flags, mtuBytes } }: Shown): string {
  const letters = LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter).join("");
  const cell = (n: number, width: number): string => String(n).padStart(width);
  const head = `${name.slice(0, 15).padEnd(15)} ${cell(mtuBytes, 5)}`;
  if (name.includes(":")) return `${head}${"      - no statistics available -".padEnd(57)}${letters}\n`;
  const rx = `${cell(s.rxPackets, 8)} ${cell(s.rxErrors, 6)} ${cell(s.rxDropped, 6)} ${"0".padEnd(6)}`;
  return `${head} ${rx} ${cell(s.txPackets, 8)} ${cell(s.txErrors, 6)} ${cell(s.txDropped, 6)} ${cell(0, 6)} ${letters}\n`;
}
