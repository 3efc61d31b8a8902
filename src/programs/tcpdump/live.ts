import { LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from "../../wire/pcap.ts";
import type { CapturedPacket } from "../../wire/pcap.ts";
import { mac, writeMac, writeU16, writeU32 } from "../../wire/addr.ts";
import type { PacketAddr, Received } from "../../net/uapi/socket.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Sys } from "../../os/sys.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import { isLoopback, isUnsimulatedDevice, isUp, links } from "./devices.ts";
import type { Settings } from "./options.ts";

const ETH_P_ALL = 3;
const LOOPBACK_TYPE = 772;
const PACKET_TYPES = ["host", "broadcast", "multicast", "otherhost", "outgoing"] as const;
const NS = 1_000_000_000;
/** A ring holds about four times the small packets that a socket buffer of its size does: it keeps no skb for each. */
const RING_ROOM = 4;

/** An open capture: its socket, and what its frames look like. */
export interface LiveCapture {
  readonly fd: number;
  readonly device: string;
  /** 0 for "any". */
  readonly ifindex: number;
  readonly linkType: number;
}

/** A frame as the filter and the printer see it. */
export interface LiveFrame {
  readonly packet: CapturedPacket;
  readonly outgoing: boolean;
  readonly ifindex: number;
  /** libpcap drops what it would see twice (the sending side of `lo`), and what -Q does not want. */
  readonly wanted: boolean;
}

/** Opens a packet socket on the device; otherwise the lines that tell why not. */
export function openLive(sys: Sys, device: string, settings: Settings): LiveCapture | { readonly error: string } {
  if (isUnsimulatedDevice(device)) return { error: `-i ${device}: not simulated here` };
  const any = device === "any";
  const fd = sys.socket("packet", any ? "dgram" : "raw", ETH_P_ALL);
  if (isErrno(fd))
    return { error: `${device}: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)` };
  const link = any ? null : links(sys).find((l) => l.name === device);
  const fault = link === undefined ? `${device}: No such device exists\n(No such device exists)` : link !== null && !isUp(link) ? `${device}: That device is not up` : bindTo(sys, fd, device, link, settings);
  if (fault !== null) {
    sys.close(fd);
    return { error: fault };
  }
  return { fd, device, ifindex: link?.ifindex ?? 0, linkType: any ? (settings.linkType ?? LINKTYPE_LINUX_SLL2) : LINKTYPE_ETHERNET };
}

function bindTo(sys: Sys, fd: number, device: string, link: LinkRow | null, settings: Settings): string | null {
  sys.setsockopt(fd, "SO_RCVBUF", settings.bufferKib * 1024 * RING_ROOM);
  if (link === null) return null;
  const addr: PacketAddr = { family: "packet", ifindex: link.ifindex, protocol: ETH_P_ALL, pkttype: "host", mac: mac(0), hatype: 1 };
  const refused = sys.bind(fd, addr);
  if (refused !== undefined) return `${device}: bind: ${refused}`;
  if (settings.promiscuous && !isLoopback(link)) sys.setsockopt(fd, "PACKET_PROMISC", link.ifindex);
  return null;
}

/** Whether the device the capture is bound to is still there. */
export const stillThere = (sys: Sys, capture: LiveCapture): boolean =>
  capture.ifindex === 0 || links(sys).some((l) => l.ifindex === capture.ifindex);

/** A received message as a frame: cut to the snapshot length, stamped with the time of day it came in. */
export function frameOf(sys: Sys, capture: LiveCapture, message: Received, settings: Settings): LiveFrame {
  const from = message.from?.family === "packet" ? message.from : null;
  const outgoing = from?.pkttype === "outgoing";
  const whole = capture.linkType === LINKTYPE_ETHERNET || from === null ? message.data : cooked(capture.linkType, message.data, from);
  const wall = sys.wallTime();
  const ageNs = sys.nowNs - message.atNs;
  const borrow = Math.ceil(Math.max(0, ageNs - wall.nsec) / NS);
  const packet: CapturedPacket = {
    sec: wall.sec - borrow,
    nsec: wall.nsec - ageNs + borrow * NS,
    wireLength: message.wireLength + whole.length - message.data.length,
    bytes: whole.subarray(0, settings.snapBytes),
  };
  const direction = settings.direction === "inout" || (settings.direction === "out") === outgoing;
  const twice = outgoing && from?.hatype === LOOPBACK_TYPE;
  return { packet, outgoing, ifindex: from?.ifindex ?? 0, wanted: direction && !twice };
}

/** Puts the header of a cooked capture before a packet that came without its link layer. */
function cooked(linkType: number, payload: Uint8Array, from: PacketAddr): Uint8Array {
  const type = PACKET_TYPES.indexOf(from.pkttype);
  const headerBytes = linkType === LINKTYPE_LINUX_SLL ? 16 : 20;
  const b = new Uint8Array(headerBytes + payload.length);
  if (linkType === LINKTYPE_LINUX_SLL) {
    writeU16(b, 0, type);
    writeU16(b, 2, from.hatype);
    writeU16(b, 4, 6);
    writeMac(b, 6, from.mac);
    writeU16(b, 14, from.protocol);
  } else {
    writeU16(b, 0, from.protocol);
    writeU32(b, 4, from.ifindex);
    writeU16(b, 8, from.hatype);
    b[10] = type;
    b[11] = 6;
    writeMac(b, 12, from.mac);
  }
  b.set(payload, headerBytes);
  return b;
}
