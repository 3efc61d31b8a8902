import { formatIp4, formatMac, readIp4, readMac, readU16 } from "../../wire/addr.ts";
import { ETH_DST, ETH_P_ARP, ETH_P_IP, ETH_SRC, ETH_TYPE } from "../../wire/ethernet.ts";
import type { HookFamily } from "../core/hook.ts";
import { ARPHRD_ETHER, type Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { NF_LOG_MACDECODE } from "../uapi/nft-expr.ts";
import { dumpIpv4 } from "./log-ipv4.ts";
import { dumpIpv6 } from "./log-ipv6.ts";

/* net/netfilter/nf_log_syslog.c: the lines of `log` statements and of LOG targets. */

/** struct nf_loginfo, and the prefix. `flags` are NF_LOG_* bits. */
export interface LogAbout {
  readonly prefix: string;
  readonly level: number;
  readonly flags: number;
}

/** nf_log_packet: one line to the ring buffer of the machine; namespaces but the first only with nf_log_all_netns. */
export function nfLogPacket(ns: Netns, skb: Skb, family: HookFamily, indev: Netdev | null, outdev: Netdev | null, about: LogAbout): void {
  const { world } = ns;
  if (world.nfLogAllNetns === 0 && world.namespaces.values().next().value !== ns) return;
  world.klog.write(world.sim.nowNs, about.level, logLine(skb, family, indev, outdev, about));
}

/** The line without its level. */
export function logLine(skb: Skb, family: HookFamily, indev: Netdev | null, outdev: Netdev | null, about: LogAbout): string {
  const head = `${about.prefix}IN=${indev?.name ?? ""} OUT=${outdev?.name ?? ""} ${bridgePorts(skb, indev, outdev)}`;
  if (family === "arp" || (family !== "ip" && family !== "ip6" && skb.protocol === ETH_P_ARP)) return head + (family === "arp" ? "" : macHeader(skb, indev, about.flags)) + dumpArp(skb);
  const mac = indev === null ? "" : macHeader(skb, indev, about.flags);
  if (family === "ip" || skb.protocol === ETH_P_IP) return head + mac + dumpIpv4(skb, about.flags);
  return head + mac + (skb.netAt >= 0 && skb.buf[skb.netAt]! >> 4 === 6 ? dumpIpv6(skb, about.flags) : "");
}

/** The ports behind a bridge that IPv4 sees (nf_log_dump_packet_common). */
function bridgePorts({ nfBridge }: Skb, indev: Netdev | null, outdev: Netdev | null): string {
  if (nfBridge === null) return "";
  const { physin, physout } = nfBridge;
  return (physin === indev ? "" : `PHYSIN=${physin.name} `) + (physout === null || physout === outdev ? "" : `PHYSOUT=${physout.name} `);
}

/** dump_mac_header. */
function macHeader(skb: Skb, dev: Netdev | null, flags: number): string {
  const { buf, macAt, netAt } = skb;
  const hasHeader = dev !== null && dev.hardHeaderBytes > 0 && macAt >= 0 && macAt !== netAt;
  if ((flags & NF_LOG_MACDECODE) !== 0 && dev?.type === ARPHRD_ETHER && macAt >= 0) {
    const type = readU16(buf, macAt + ETH_TYPE).toString(16).padStart(4, "0");
    return `MACSRC=${formatMac(readMac(buf, macAt + ETH_SRC))} MACDST=${formatMac(readMac(buf, macAt + ETH_DST))} MACPROTO=${type} `;
  }
  if (!hasHeader) return "MAC= ";
  return `MAC=${[...buf.subarray(macAt, macAt + dev.hardHeaderBytes)].map((b) => b.toString(16).padStart(2, "0")).join(":")} `;
}

/** dump_arp_packet. */
function dumpArp(skb: Skb): string {
  const { buf, netAt, end } = skb;
  if (netAt + 8 > end) return "TRUNCATED";
  const hardware = readU16(buf, netAt);
  const protocol = readU16(buf, netAt + 2);
  const head = `ARP HTYPE=${hardware} PTYPE=0x${protocol.toString(16).padStart(4, "0")} OPCODE=${readU16(buf, netAt + 6)}`;
  if (hardware !== 1 || buf[netAt + 4] !== 6 || buf[netAt + 5] !== 4) return head;
  if (netAt + 28 > end) return `${head} INCOMPLETE [${end - netAt - 8} bytes]`;
  const macOf = (at: number): string => formatMac(readMac(buf, netAt + at));
  const ipOf = (at: number): string => formatIp4(readIp4(buf, netAt + at));
  return `${head} MACSRC=${macOf(8)} IPSRC=${ipOf(14)} MACDST=${macOf(18)} IPDST=${ipOf(24)}`;
}

