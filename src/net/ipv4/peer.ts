import type { Ip4 } from "../../wire/addr.ts";
import { JIFFY_NS } from "../../sim/jiffies.ts";
import { SEC } from "../../sim/sim.ts";

/** Token bucket a peer, in nanoseconds of credit (struct inet_peer): both users below draw on the same tokens. */
interface Peer {
  tokensNs: number;
  lastNs: number;
}

const ERROR_COST_NS = 1 * SEC;
const ERROR_BURST_NS = 5 * SEC;
const XRLIM_BURST_FACTOR = 6;
const MAX_PEERS = 65536;

/** Rate limits of ICMP errors by destination (net/ipv4/inetpeer.c). */
export class PeerTable {
  readonly #peers = new Map<Ip4, Peer>();

  /** The kernel counts in jiffies: what comes a few microseconds early is still a second later. */
  #jiffies(nowNs: number): number {
    return Math.floor(nowNs / JIFFY_NS) * JIFFY_NS;
  }

  /** A new peer starts with a minute of credit, which the bursts then cap. */
  #refill(ip: Ip4, nowNs: number, capNs: number): Peer {
    if (this.#peers.size > MAX_PEERS) this.#peers.clear();
    let peer = this.#peers.get(ip);
    if (peer === undefined) this.#peers.set(ip, (peer = { tokensNs: 0, lastNs: nowNs - 60 * SEC }));
    peer.tokensNs = Math.min(peer.tokensNs + nowNs - peer.lastNs, capNs);
    peer.lastNs = nowNs;
    return peer;
  }

  /** ip_error(): at most 5 "unreachable" in a burst, then one a second — before the ICMP limit takes its share. */
  allowRouteError(ip: Ip4, nowNs: number): boolean {
    return take(this.#refill(ip, this.#jiffies(nowNs), ERROR_BURST_NS), ERROR_COST_NS);
  }

  /** inet_peer_xrlim_allow(): `icmp_ratelimit` between messages, bursts of six. */
  allowIcmp(ip: Ip4, nowNs: number, ratelimitMs: number): boolean {
    if (ratelimitMs === 0) return true;
    const costNs = ratelimitMs * 1_000_000;
    return take(this.#refill(ip, this.#jiffies(nowNs), XRLIM_BURST_FACTOR * costNs), costNs);
  }
}

function take(peer: Peer, costNs: number): boolean {
  if (peer.tokensNs < costNs) return false;
  peer.tokensNs -= costNs;
  return true;
}
