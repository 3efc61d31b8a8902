import type { Ip4 } from "../../wire/addr.ts";
import { JIFFY_NS } from "../../sim/jiffies.ts";
import { SEC } from "../../sim/sim.ts";

/** Token bucket a peer, in nanoseconds of credit (struct inet_peer): both users below draw on the same tokens. */
interface Peer {
  tokensNs: number;
  lastNs: number;
  /** Redirects sent since it was last quiet. */
  redirects: number;
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
  #get(ip: Ip4, nowNs: number): Peer {
    if (this.#peers.size > MAX_PEERS) this.#peers.clear();
    let peer = this.#peers.get(ip);
    if (peer === undefined) this.#peers.set(ip, (peer = { tokensNs: 0, lastNs: nowNs - 60 * SEC, redirects: 0 }));
    return peer;
  }

  #refill(ip: Ip4, nowNs: number, capNs: number): Peer {
    const peer = this.#get(ip, nowNs);
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

  /** ip_rt_send_redirect: pauses double from 40 ms on; after nine in vain it gives up, until 20 s have passed in silence. */
  allowRedirect(ip: Ip4, atNs: number): boolean {
    const nowNs = this.#jiffies(atNs);
    const peer = this.#get(ip, nowNs);
    if (nowNs > peer.lastNs + REDIRECT_SILENCE_NS) Object.assign(peer, { tokensNs: 0, redirects: 0 });
    if (peer.redirects >= MOST_REDIRECTS) {
      peer.lastNs = nowNs;
      return false;
    }
    if (peer.redirects > 0 && nowNs <= peer.lastNs + REDIRECT_LOAD_NS * 2 ** peer.redirects) return false;
    peer.lastNs = nowNs;
    peer.redirects++;
    return true;
  }
}

/** ip_rt_redirect_load, _silence and _number. */
const REDIRECT_LOAD_NS = 20_000_000;
const REDIRECT_SILENCE_NS = REDIRECT_LOAD_NS * 1024;
const MOST_REDIRECTS = 9;

/** icmp_global: what a whole namespace may send a second, whoever it is for. */
export class IcmpBudget {
  #credit = 0;
  #stampNs = -Infinity;

  /** icmp_global_allow: refilled at most every 20 ms. */
  allow(nowNs: number, perSec: number, burst: number): boolean {
    if (this.#credit > 0) return true;
    const deltaNs = Math.min(nowNs - this.#stampNs, SEC);
    if (deltaNs < SEC / 50) return false;
    const more = Math.floor((perSec * deltaNs) / SEC);
    if (more === 0) return false;
    this.#stampNs = nowNs;
    this.#credit = Math.min(this.#credit + more, burst);
    return true;
  }

  /** icmp_global_consume: none, one or two credits, so that nobody outside can count what others got. */
  consume(credits: number): void {
    this.#credit -= credits;
  }
}

function take(peer: Peer, costNs: number): boolean {
  if (peer.tokensNs < costNs) return false;
  peer.tokensNs -= costNs;
  return true;
}
