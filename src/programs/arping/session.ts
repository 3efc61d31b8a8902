import type { PacketAddr, Received } from "../../net/uapi/socket.ts";
import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, formatMac, isMulticastMac, MAC_BROADCAST, type Ip4, type Mac } from "../../wire/addr.ts";
import { ARPOP_REPLY, ARPOP_REQUEST, ARP_BYTES, type Arp, parseArp, writeArp } from "../../wire/arp.ts";
import { ETH_P_ARP } from "../../wire/ethernet.ts";
import type { Io } from "../lib/tool.ts";
import type { ArpingOptions } from "./options.ts";

/** What setup found out: the packet socket, its device, and both addresses. */
export interface Bound {
  readonly fd: number;
  readonly ifindex: number;
  readonly mac: Mac;
  readonly source: Ip4;
  readonly target: Ip4;
}

/** Sends requests, reads what comes back, counts both. */
export class ArpingSession {
  readonly #io: Io;
  readonly #options: ArpingOptions;
  readonly #bound: Bound;
  /** Where requests go: to everybody, until somebody answered. */
  #to: Mac = MAC_BROADCAST;
  #sent = 0;
  #broadcasts = 0;
  #received = 0;
  #receivedBroadcasts = 0;
  #receivedRequests = 0;
  #lastSentNs = 0;

  constructor(io: Io, options: ArpingOptions, bound: Bound) {
    this.#io = io;
    this.#options = options;
    this.#bound = bound;
  }

  get sys(): Sys {
    return this.#io.sys;
  }

  *send(): Task<Errno | undefined> {
    const { mac, source, target, fd, ifindex } = this.#bound;
    const { advertise } = this.#options;
    const data = new Uint8Array(ARP_BYTES);
    writeArp(data, 0, { op: advertise ? ARPOP_REPLY : ARPOP_REQUEST, senderMac: mac, sender: source, targetMac: advertise ? mac : this.#to, target });
    const to: PacketAddr = { family: "packet", ifindex, protocol: ETH_P_ARP, pkttype: "host", mac: this.#to, hatype: 1 };
    const atNs = this.sys.nowNs;
    const sent = yield* this.sys.sendmsg(fd, { data, to });
    if (isErrno(sent)) return sent;
    this.#lastSentNs = atNs;
    this.#sent++;
    if (isMulticastMac(this.#to)) this.#broadcasts++;
    return undefined;
  }

  /** Reads one message; true when that was the last one wanted. */
  *receive(got: Received): Task<boolean> {
    const from = got.from?.family === "packet" ? got.from : null;
    const arp = parseArp(got.data, 0, got.data.length);
    if (from === null || arp === null || from.pkttype === "otherhost" || from.pkttype === "outgoing") return false;
    if ((arp.op !== ARPOP_REQUEST && arp.op !== ARPOP_REPLY) || !this.#isAnswer(arp)) return false;
    if (!this.#options.quiet) yield* this.#tell(arp, from, got.atNs);
    return this.#count(arp, from);
  }

  #isAnswer(arp: Arp): boolean {
    const { source, target, mac } = this.#bound;
    if (arp.sender !== target) return false;
    if (!this.#options.detectDuplicates) return arp.target === source && arp.targetMac === mac;
    return arp.senderMac !== mac && (source === 0 || source === arp.target);
  }

  *#tell(arp: Arp, from: PacketAddr, atNs: number): Task<void> {
    const { source, mac } = this.#bound;
    const upper = (a: Mac): string => formatMac(a).toUpperCase();
    const other = arp.target !== source ? `for ${formatIp4(arp.target)} ` : "";
    const otherMac = arp.targetMac === mac ? "" : `${other === "" ? "for " : ""}[${upper(arp.targetMac)}]`;
    const us = Math.trunc((atNs - this.#lastSentNs) / 1000);
    const when = this.#lastSentNs === 0 && this.#sent === 0 ? " UNSOLICITED?" : ` ${Math.trunc(us / 1000)}.${String(us % 1000).padStart(3, "0")}ms`;
    yield* this.#io.out.text(`${from.pkttype === "host" ? "Unicast" : "Broadcast"} ${arp.op === ARPOP_REPLY ? "reply" : "request"} from ${formatIp4(arp.sender)} [${upper(arp.senderMac)}] ${other}${otherMac}${when}\n`);
    yield* this.#io.out.flush();
  }

  #count(arp: Arp, from: PacketAddr): boolean {
    const { timeoutSec, count, quitOnReply, broadcastOnly } = this.#options;
    this.#received++;
    if (timeoutSec > 0 && this.#received === count) return true;
    if (from.pkttype !== "host") this.#receivedBroadcasts++;
    if (arp.op === ARPOP_REQUEST) this.#receivedRequests++;
    if (quitOnReply || (count === 0 && this.#received === this.#sent)) return true;
    if (!broadcastOnly) this.#to = arp.senderMac;
    return false;
  }

  summary(): string {
    const kinds = [
      ...(this.#receivedRequests > 0 ? [`${this.#receivedRequests} request(s)`] : []), ...(this.#receivedBroadcasts > 0 ? [`${this.#receivedBroadcasts} broadcast(s)`] : []),
    ];
    return `Sent ${this.#sent} probes (${this.#broadcasts} broadcast(s))\nReceived ${this.#received} response(s)${kinds.length > 0 ? ` (${kinds.join(", ")})` : ""}\n`;
  }

  /** With -D somebody's answer is bad news; with -w and -c all must have been answered. */
  status(): number {
    const { detectDuplicates, unsolicited, timeoutSec, count } = this.#options;
    if (detectDuplicates) return this.#received > 0 ? 1 : 0;
    if (unsolicited) return 0;
    if (timeoutSec > 0 && count > 0) return this.#received < count ? 1 : 0;
    return this.#received > 0 ? 0 : 1;
  }
}
