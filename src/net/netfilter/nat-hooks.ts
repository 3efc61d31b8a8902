import { formatIp4 } from "../../wire/addr.ts";
import { ICMP_HLEN, ICMP_REDIRECT, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IP_PROTO, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import { checksum } from "../../wire/checksum.ts";
import { type Hook, type HookPoint, type HookState, type HookVerdict, withHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { IPS_DST_NAT, IPS_DST_NAT_DONE, IPS_SRC_NAT, IPS_SRC_NAT_DONE } from "../uapi/conntrack.ts";
import type { IfAddr } from "../ipv4/in-device.ts";
import { ctCleanup, ctDelete } from "./conntrack.ts";
import { type Conntrack, type Dir, IP_CT_NEW, IP_CT_RELATED, IP_CT_RELATED_REPLY, ctOf, dirOf } from "./ct-entry.ts";
import { ctText } from "./ct-event.ts";
import { type Tuple, hasPorts, invertTuple, newTuple } from "./ct-tuple.ts";
import { manipPacket, resumIcmp } from "./nat-manip.ts";
import { natInitialized, natNullBinding } from "./nat.ts";
import type { Manip } from "./nat-range.ts";
import { routeMeHarder } from "./route-hook.ts";

/* NAT on IPv4's path (nf_nat_proto.c): chains are asked for the first packet of a flow, all others follow its entry. */

export const PRIO_NAT_DST = -100;
export const PRIO_NAT_SRC = 100;

/** HOOK2MANIP. */
const manipAt = (point: HookPoint): Manip => (point === "postrouting" || point === "input" ? "src" : "dst");

/** nf_nat_ipv4_fn. `chains`: the base chains of type nat on this hook. */
function natPacket(ns: Netns, skb: Skb, state: HookState, chains: readonly Hook[]): HookVerdict {
  const ct = ctOf(skb);
  if (ct === null) return "accept";
  const { ctinfo } = skb;
  const isRelated = ctinfo === IP_CT_RELATED || ctinfo === IP_CT_RELATED_REPLY;
  if (isRelated && skb.buf[skb.netAt + IP_PROTO] === IPPROTO_ICMP) return translateError(ns, skb, ct, state) ? "accept" : "drop";
  const manip = manipAt(state.point);
  if ((isRelated || ctinfo === IP_CT_NEW) && !natInitialized(ct, manip)) {
    const verdict = decide(ns, skb, state, ct, chains, manip);
    if (verdict !== "accept") return verdict;
  } else if (leftByOtherDevice(state, skb, ct)) {
    ctDelete(ns, ct, "ended: it was masqueraded and leaves by another device now");
    return "drop";
  }
  rewrite(ns, skb, ct, state);
  return "accept";
}

/** The first packet: each chain in turn until one decided, else things stay as they are. */
function decide(ns: Netns, skb: Skb, state: HookState, ct: Conntrack, chains: readonly Hook[], manip: Manip): HookVerdict {
  for (const chain of chains) {
    const verdict = chain.run(ns, skb, state);
    if (verdict !== "accept") return verdict;
    if (natInitialized(ct, manip)) return "accept";
  }
  return natNullBinding(ns, ct, manip);
}

/** nf_nat_oif_changed. */
const leftByOtherDevice = (state: HookState, skb: Skb, ct: Conntrack): boolean =>
  state.point === "postrouting" && dirOf(skb.ctinfo) === 0 && ct.masqIfindex !== 0 && ct.masqIfindex !== state.outdev?.ifindex;

/** Is this end rewritten in this direction? What the request had at one end, its answer has at the other. */
function isRewritten(ct: Conntrack, manip: Manip, dir: Dir): boolean {
  const isSource = (manip === "src") === (dir === 0);
  return ct.has(isSource ? IPS_SRC_NAT : IPS_DST_NAT);
}

/** nf_nat_packet. */
function rewrite(ns: Netns, skb: Skb, ct: Conntrack, state: HookState): void {
  const manip = manipAt(state.point);
  const dir = dirOf(skb.ctinfo);
  if (!isRewritten(ct, manip, dir)) return;
  const target = ns.nf.ct.scratch;
  invertTuple(target, ct.tuple(dir === 0 ? 1 : 0));
  const before = ns.world.trace === null ? "" : endOf(ct.tuple(dir), manip);
  const changed = manip === "src" ? ipSrc(skb.buf, skb.netAt) !== target.src : ipDst(skb.buf, skb.netAt) !== target.dst;
  manipPacket(skb.buf, skb.netAt, skb.end, target, manip);
  const after = ns.world.trace === null ? "" : endOf(target, manip);
  if (ns.world.trace !== null && (changed || before !== after)) traceNat(ns, skb, ct, state, manip, before, after);
}

/** "11.10.80.2" or "11.10.80.2:80". */
function endOf(t: Tuple, manip: Manip): string {
  const port = hasPorts(t.protocol) ? `:${manip === "src" ? t.sport : t.dport}` : "";
  return formatIp4(manip === "src" ? t.src : t.dst) + port;
}

/**
 * Event `nat`. Its note reads `dnat dst 100.64.10.1 → 11.10.80.2`, `snat src A → B`; answers, which get back what their
 * request had, `un-dnat src B → A` and `un-snat dst B → A`. The decision names the flow and carries the change as data.
 */
function traceNat(ns: Netns, skb: Skb, ct: Conntrack, state: HookState, field: Manip, before: string, after: string): void {
  const reverse = dirOf(skb.ctinfo) === 1;
  const kind = (field === "dst") === reverse ? "snat" : "dnat";
  const note = `${reverse ? "un-" : ""}${kind} ${field} ${before} → ${after}`;
  const decision = { table: "conntrack", row: ctText(ns, ct), losers: [], hook: state.point, nat: { field, reverse, before, after } } as const;
  trace(ns, "nat", skb.dev?.name ?? state.outdev?.name ?? "", skb, { decision, note });
}

/** nf_nat_icmp_reply_translation: an error is rewritten outside and in what it quotes. False: it must not pass. */
function translateError(ns: Netns, skb: Skb, ct: Conntrack, state: HookState): boolean {
  const { buf, netAt, end } = skb;
  const at = netAt + ipHeaderBytes(buf, netAt);
  if (state.point === "prerouting" && (skb.trust & 1) === 0 && checksum(buf, at, end) !== 0) return false;
  const manip = manipAt(state.point);
  const dir = dirOf(skb.ctinfo);
  if (buf[at + ICMP_TYPE] === ICMP_REDIRECT) {
    if (!ct.has(IPS_SRC_NAT_DONE) || !ct.has(IPS_DST_NAT_DONE) || ct.has(IPS_SRC_NAT | IPS_DST_NAT)) return false;
  }
  if (!isRewritten(ct, manip, dir)) return true;
  const other = ct.tuple(dir === 0 ? 1 : 0);
  manipPacket(buf, at + ICMP_HLEN, end, other, manip === "src" ? "dst" : "src");
  resumIcmp(buf, at, end);
  const target = newTuple();
  invertTuple(target, other);
  const before = formatIp4(manip === "src" ? ipSrc(buf, netAt) : ipDst(buf, netAt));
  manipPacket(buf, netAt, end, target, manip);
  if (ns.world.trace !== null) traceNat(ns, skb, ct, state, manip, before, formatIp4(manip === "src" ? target.src : target.dst));
  return true;
}

/** nf_nat_ipv4_pre_routing: another destination wants another route. */
function preRouting(ns: Netns, skb: Skb, state: HookState, chains: readonly Hook[]): HookVerdict {
  const daddr = ipDst(skb.buf, skb.netAt);
  const verdict = natPacket(ns, skb, state, chains);
  if (verdict === "accept" && ipDst(skb.buf, skb.netAt) !== daddr) skb.dst = null;
  return verdict;
}

/** nf_nat_ipv4_local_fn: what was routed already is routed again. */
function localOut(ns: Netns, skb: Skb, state: HookState, chains: readonly Hook[]): HookVerdict {
  const verdict = natPacket(ns, skb, state, chains);
  const ct = ctOf(skb);
  if (verdict !== "accept" || ct === null) return verdict;
  const dir = dirOf(skb.ctinfo);
  if (ct.tuple(dir).dst === ct.tuple(dir === 0 ? 1 : 0).src) return "accept";
  return routeMeHarder(ns, skb) ? "accept" : "drop";
}

type Chains = Map<HookPoint, readonly Hook[]>;

const POINTS: readonly (readonly [HookPoint, number, typeof natPacket])[] = [
  ["prerouting", PRIO_NAT_DST, preRouting], ["postrouting", PRIO_NAT_SRC, natPacket], ["output", PRIO_NAT_DST, localOut], ["input", PRIO_NAT_SRC, natPacket],
];

/** NAT of one namespace (struct nat_net): its hooks stand while there is a nat chain anywhere. */
export class NatNet {
  readonly #ns: Netns;
  readonly #chains: Chains = new Map();
  #users = 0;
  #watchesAddresses = false;
  #off: readonly (() => void)[] = [];

  constructor(ns: Netns) {
    this.#ns = ns;
  }

  /** nf_nat_register_fn: the first chain brings all four hooks, and each hook has its list of chains by priority. */
  register(family: "ip" | "ip6", point: HookPoint, hook: Hook): () => void {
    if (family === "ip6") return () => undefined;
    if (this.#users++ === 0) this.#hook();
    this.#chains.set(point, withHook(this.#chains.get(point) ?? [], hook));
    return () => this.#unregister(point, hook);
  }

  /** masq_inet_event: an address that goes takes the flows with it that were masqueraded to it. Watched from the first masquerade on. */
  watchAddresses(): void {
    if (this.#watchesAddresses) return;
    this.#watchesAddresses = true;
    this.#ns.listeners.add((event) => {
      if (event.group !== "addr" || event.is !== "del") return;
      const { local, dev } = event.row as IfAddr;
      ctCleanup(this.#ns, (ct) => ct.masqIfindex === dev.ifindex && ct.reply.dst === local, "ended: the address it was masqueraded to is gone");
    });
  }

  #unregister(point: HookPoint, hook: Hook): void {
    this.#chains.set(point, (this.#chains.get(point) ?? []).filter((h) => h !== hook));
    if (--this.#users > 0) return;
    for (const off of this.#off) off();
    this.#off = [];
  }

  #hook(): void {
    this.#off = POINTS.map(([point, priority, fn]) => {
      const run: Hook["run"] = (ns, skb, state) => fn(ns, skb, state, this.#chains.get(point) ?? []);
      return this.#ns.hooks.register("ip", point, { priority, name: "nat", run });
    });
  }
}
