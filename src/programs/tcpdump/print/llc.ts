import { printEther } from "./ether.ts";
import { printEtherPayload } from "./ethertype.ts";
import { printRaw } from "./hex.ts";
import { printIp } from "./ip.ts";
import type { Printout } from "./printout.ts";
import { printStp } from "./stp.ts";
import { ETHERTYPES, ETHER_VENDORS } from "./tables.ts";
import { hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

/** Service access points, IEEE 802.2 and RFC 1340. */
const SAPS: Words = {
  0x00: "Null", 0xff: "Global", 0x02: "802.1B I", 0x03: "802.1B G", 0x04: "SNA", 0x06: "IP", 0x0e: "ProWay NM",
  0x42: "STP", 0x4e: "RS511", 0x7e: "ISO8208", 0x8e: "ProWay", 0xaa: "SNAP", 0xe0: "IPX", 0xf0: "NetBeui", 0xfe: "OSI",
};
const COMMANDS: Words = {
  0x03: "ui", 0xe3: "test", 0xaf: "xid", 0x63: "ua", 0x43: "disc", 0x0f: "dm", 0x6f: "sabme", 0x87: "frmr",
};
const SUPERVISORY = ["Receiver Ready", "Receiver not Ready", "Reject"];
const CISCO_PIDS: Words = { 0x2000: "CDP", 0x2003: "VTP", 0x2004: "DTP", 0x0111: "UDLD", 0x010b: "PVST", 0x010c: "VLAN Bridge" };
const BRIDGED_PIDS: Words = {
  1: "Ethernet + FCS", 7: "Ethernet w/o FCS", 2: "802.4 + FCS", 8: "802.4 w/o FCS", 3: "Token Ring + FCS",
  9: "Token Ring w/o FCS", 4: "FDDI + FCS", 10: "FDDI w/o FCS", 5: "802.6 + FCS", 11: "802.6 w/o FCS", 14: "BPDU",
};
const UI = 3;
const SAP_IP = 0x06;
const SAP_STP = 0x42;
const SAP_SNAP = 0xaa;
const OUI_ETHER = 0x000000;
const OUI_CISCO = 0x00000c;
const OUI_CISCO_BRIDGED = 0x0000f8;
const OUI_BRIDGED = 0x0080c2;
/** Padding of a bridged frame inside SNAP on Ethernet. */
const BRIDGE_PAD = 2;

/** Bytes of the LLC (and SNAP) header; `known` is false when the payload is still to be shown raw. */
export interface LlcResult {
  readonly headerBytes: number;
  readonly known: boolean;
}

interface Llc {
  readonly dsap: number;
  readonly ssap: number;
  readonly control: number;
  readonly isU: boolean;
  readonly headerBytes: number;
}

/** Logical link control; `frame` is where the MAC addresses are, `null` when there are none. */
export function printLlc(p: Printout, at: number, length: number, frame: number | null): LlcResult {
  p.protocol = "llc";
  const enough = Math.min(p.left(at), length);
  const isU = enough >= 3 && (p.u8(at + 2) & 3) === 3;
  if (enough < (isU ? 3 : 4)) {
    p.truncated();
    printRaw(p, at, p.left(at));
    return { headerBytes: enough, known: true };
  }
  const control = isU ? p.u8(at + 2) : p.u8(at + 2) | (p.u8(at + 3) << 8);
  const llc: Llc = { dsap: p.u8(at), ssap: p.u8(at + 1), control, isU, headerBytes: isU ? 3 : 4 };
  if (p.opts.ethernet) p.put(headerText(llc));
  return printPayload(p, at + llc.headerBytes, length - llc.headerBytes, llc, frame);
}

function headerText(l: Llc): string {
  const sap = (n: number): string => `${tok(SAPS, n & 0xfe, "Unknown")} (0x${hex(n & 0xfe, 2)})`;
  return (
    `LLC, dsap ${sap(l.dsap)} ${l.dsap & 1 ? "Group" : "Individual"}, ssap ${sap(l.ssap)} ` +
    `${l.ssap & 1 ? "Response" : "Command"}, ctrl 0x${hex(l.control, l.isU ? 2 : 4)}: `
  );
}

function printPayload(p: Printout, at: number, length: number, l: Llc, frame: number | null): LlcResult {
  const { headerBytes } = l;
  const sap = (l.dsap & 0xfe) === (l.ssap & 0xfe) && l.isU && l.control === UI ? l.dsap & 0xfe : -1;
  if (sap === SAP_SNAP) return { headerBytes: headerBytes + 5, known: printSnap(p, at, length, frame) };
  if (sap === SAP_STP) printStp(p, at, length);
  else if (sap === SAP_IP) printIp(p, at, length);
  else return printUnknownSap(p, at, length, l, frame);
  return { headerBytes, known: true };
}

const SNAP_PIDS: ReadonlyMap<number, Words> = new Map([
  [OUI_ETHER, ETHERTYPES], [OUI_CISCO_BRIDGED, ETHERTYPES], [OUI_CISCO, CISCO_PIDS], [OUI_BRIDGED, BRIDGED_PIDS], [0x080007, ETHERTYPES],
]);

/** Subnetwork access protocol, RFC 1042; false when what it carries is not dissected here. */
function printSnap(p: Printout, at: number, length: number, frame: number | null): boolean {
  p.protocol = "snap";
  if (!p.has(at, 5) || length < 5) {
    p.truncated();
    return true;
  }
  const oui = p.u24(at);
  const pid = p.u16(at + 3);
  const rest = length - 5;
  if (p.opts.ethernet) {
    const pids = SNAP_PIDS.get(oui) ?? {};
    p.put(`oui ${tok(ETHER_VENDORS, oui, "Unknown")} (0x${hex(oui, 6)}), ${oui === OUI_ETHER ? "ethertype" : "pid"} `);
    p.put(`${tok(pids, pid, "Unknown")} (0x${hex(pid, 4)}), length ${rest}: `);
  }
  if ((oui === OUI_ETHER || oui === OUI_CISCO_BRIDGED) && printEtherPayload(p, pid, at + 5, rest, frame)) return true;
  if (oui === OUI_CISCO && (pid === 0x010b || pid === 0x010c)) printStp(p, at + 5, rest);
  else if (oui === OUI_BRIDGED && (pid === 1 || pid === 7)) printEther(p, at + 5 + BRIDGE_PAD, rest - BRIDGE_PAD);
  else if (oui === OUI_BRIDGED && pid === 14) printStp(p, at + 5, rest);
  else {
    if (!p.opts.ethernet) p.put(snapText(p, oui, pid, rest, frame));
    return false;
  }
  return true;
}

/** The header of an unknown SNAP payload, which without -e nobody has shown yet. */
function snapText(p: Printout, oui: number, pid: number, length: number, frame: number | null): string {
  const addresses = frame === null ? "" : `${p.mac(frame + 6)} > ${p.mac(frame)} `;
  const name = tok(SNAP_PIDS.get(oui) ?? {}, pid, "Unknown");
  const what = oui === OUI_ETHER ? `ethertype ${name}` : `oui ${tok(ETHER_VENDORS, oui, "Unknown")} (0x${hex(oui, 6)}), pid ${name}`;
  return `${addresses}SNAP, ${what} (0x${hex(pid, 4)}), length ${length}: `;
}

const flagsText = (l: Llc): string => {
  const poll = l.isU ? l.control & 0x10 : l.control & 0x0100;
  if (poll) return l.ssap & 1 ? "Final" : "Poll";
  return l.ssap & 1 ? "Response" : "Command";
};

function printUnknownSap(p: Printout, at: number, length: number, l: Llc, frame: number | null): LlcResult {
  const { headerBytes } = l;
  const total = length + headerBytes;
  if (!p.opts.ethernet) p.put(sapsText(p, l, frame));
  if (l.isU) {
    p.put(`Unnumbered, ${tok(COMMANDS, l.control & 0xef, hex(l.control & 0xef, 2))}, Flags [${flagsText(l)}], length ${total}`);
    if ((l.control & 0xef) === 0xaf) return printXid(p, at, length, headerBytes);
  } else if (l.control & 1) {
    p.put(`Supervisory, ${SUPERVISORY[(l.control >> 2) & 3] ?? "?"}, rcv seq ${l.control >> 9}, Flags [${flagsText(l)}], length ${total}`);
    return { headerBytes, known: true };
  } else p.put(`Information, send seq ${(l.control >> 1) & 0x7f}, rcv seq ${l.control >> 9}, Flags [${flagsText(l)}], length ${total}`);
  return { headerBytes, known: false };
}

function sapsText(p: Printout, l: Llc, frame: number | null): string {
  const [dsap, ssap] = [l.dsap & 0xfe, l.ssap & 0xfe];
  const to = tok(SAPS, dsap, "Unknown DSAP 0x%02x");
  const from = dsap === ssap ? "" : `${tok(SAPS, ssap, "Unknown SSAP 0x%02x")} `;
  if (frame === null) return from === "" ? `${to} ` : `${from}> ${to} `;
  return `${p.mac(frame + 6)} ${from}> ${p.mac(frame)} ${to} `;
}

/** Exchange identification: the two bytes after the format identifier 0x81. */
function printXid(p: Printout, at: number, length: number, headerBytes: number): LlcResult {
  if (length === 0) return { headerBytes, known: true };
  if (p.left(at) < 1) {
    p.truncated();
    return { headerBytes, known: true };
  }
  if (p.u8(at) !== 0x81) return { headerBytes, known: false };
  if (p.left(at) < 3 || length < 3) {
    p.truncated();
    printRaw(p, at, p.left(at));
  } else p.put(`: ${hex(p.u8(at + 1), 2)} ${hex(p.u8(at + 2), 2)}`);
  return { headerBytes, known: true };
}
