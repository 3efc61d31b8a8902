import { Sim } from "../sim/sim.ts";
import { ip4, mac, parseIp4, writeU16, writeU32 } from "../wire/addr.ts";
import { checksum, fold16, pseudoSum, sum16 } from "../wire/checksum.ts";
import { ETH_HLEN, ETH_P_IP, writeEthernet } from "../wire/ethernet.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_HLEN, writeIpv4 } from "../wire/ipv4.ts";
import { writeUdp } from "../wire/udp.ts";
import type { HookFamily, HookPoint, HookState, HookVerdict } from "../net/core/hook.ts";
import { registerNetdevice } from "../net/core/dev.ts";
import type { Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import type { Skb } from "../net/core/skb.ts";
import { createDummy } from "../net/dev/dummy.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { NftExpr, NftFamily } from "../net/uapi/nft-expr.ts";
import { nftDoChain } from "../net/netfilter/nft/eval.ts";
import { bindExpr } from "../net/netfilter/nft/expr.ts";
import { NftList } from "../net/netfilter/nft/list.ts";
import type { NftBind, NftChain, NftOp, NftRule, NftSet, NftTable } from "../net/netfilter/nft/model.ts";

/** Packets built by hand, and rules of instructions run on them without a control plane. */

interface IpParts {
  readonly src?: string;
  readonly dst?: string;
  readonly ttl?: number;
  readonly frag?: number;
  readonly options?: Uint8Array;
}

const addr = (text: string): ReturnType<typeof ip4> => parseIp4(text) ?? ip4(0);

/** An instruction list's verdict on a packet, and what it left in the registers. */
export class EvalTestbed {
  readonly sim = new Sim(1);
  readonly ns: Netns;
  readonly family: NftFamily;
  readonly sets = new Map<string, NftSet>();
  readonly table: NftTable;
  #handle = 1;

  constructor(family: NftFamily = "ip") {
    this.ns = bootNetns(createWorld(this.sim), "box");
    this.family = family;
    this.table = {
      family, name: "t", handle: 1, dormant: false, userdata: null, chains: new NftList((c) => c.name), sets: new NftList((s) => s.name),
      objs: new NftList((o) => o.name), flowtables: new NftList((f) => f.name), nextHandle: 1,
    };
  }

  get bind(): NftBind {
    return {
      ns: this.ns, family: this.family, table: this.table, chain: null, set: (name) => this.sets.get(name) ?? null,
      chainNamed: (name) => this.table.chains.get(name) ?? null, obj: () => null, flowtable: () => null,
    };
  }

  /** The instruction made runnable; a test that hands in a wrong one fails here. */
  op(expr: NftExpr): NftOp {
    const op = bindExpr(this.bind, expr);
    if (typeof op === "string") throw new Error(`${expr.op}: ${op}`);
    return op;
  }

  /** What adding the instruction is answered: an errno, or null. */
  error(expr: NftExpr): Errno | null {
    const op = bindExpr(this.bind, expr);
    return typeof op === "string" ? op : null;
  }

  rule(...exprs: readonly NftExpr[]): readonly NftOp[] {
    return exprs.map((e) => this.op(e));
  }

  chain(name: string, rules: readonly (readonly NftOp[])[], policy: "accept" | "drop" | null = null): NftChain {
    const base = policy === null ? null : { spec: { hook: "prerouting" as const, priority: 0, devices: [] }, type: "filter", policy, counters: { packets: 0, bytes: 0 }, hooks: [] };
    const chain: NftChain = { table: this.table, name, handle: this.#handle++, base, binding: false, userdata: null, rules: [], use: 0 };
    chain.rules = rules.map((ops): NftRule => ({ chain, handle: this.#handle++, ops, sets: [], userdata: null, compat: null }));
    this.table.chains.add(chain);
    return chain;
  }

  /** An Ethernet device, not plugged in anywhere. */
  ethernet(name = "eth0"): Netdev {
    const dev = createDummy(this.ns, name);
    registerNetdevice(dev);
    return dev;
  }

  state(point: HookPoint = "prerouting", family: HookFamily = "ip"): HookState {
    return { family, point, indev: this.ns.loopback, outdev: null, next: () => undefined };
  }

  verdict(chain: NftChain, skb: Skb, state = this.state()): HookVerdict {
    return nftDoChain(this.ns, skb, state, chain);
  }

  /** Does the rule go through to its end? */
  matches(ops: readonly NftOp[], skb: Skb, state = this.state()): boolean {
    const end: NftOp = this.op({ op: "verdict", verdict: { code: "drop" } });
    return this.verdict(this.chain(`c${this.#handle}`, [[...ops, end]], "accept"), skb, state) === "drop";
  }

  /** A whole frame; `payload` is what IP carries. */
  ip(protocol: number, payload: Uint8Array, parts: IpParts = {}): Skb {
    const options = parts.options ?? new Uint8Array(0);
    const skb = this.ns.world.alloc(ETH_HLEN + IP_HLEN + options.length + payload.length);
    const { buf, start } = skb;
    writeEthernet(buf, start, mac(0x020000000002), mac(0x020000000001), ETH_P_IP);
    skb.macAt = start;
    skb.pull(ETH_HLEN);
    const header = {
      tos: 0, totalBytes: IP_HLEN + options.length + payload.length, id: 7, frag: parts.frag ?? 0, ttl: parts.ttl ?? 64, protocol,
      src: addr(parts.src ?? "10.0.0.1"), dst: addr(parts.dst ?? "10.0.0.2"),
    };
    const headerBytes = writeIpv4(buf, skb.start, options.length === 0 ? header : { ...header, options });
    buf.set(payload, skb.start + headerBytes);
    Object.assign(skb, { netAt: skb.start, transAt: skb.start + headerBytes, protocol: ETH_P_IP, dev: this.ns.loopback });
    return skb;
  }

  udp(sport: number, dport: number, data = 4, parts: IpParts = {}): Skb {
    const skb = this.ip(IPPROTO_UDP, new Uint8Array(8 + data), parts);
    writeUdp(skb.buf, skb.transAt, skb.netAt, sport, dport, 8 + data);
    return skb;
  }

  icmp(type = 8, parts: IpParts = {}): Skb {
    const skb = this.ip(IPPROTO_ICMP, Uint8Array.of(type, 0, 0, 0, 0, 1, 0, 1), parts);
    writeU16(skb.buf, skb.transAt + 2, checksum(skb.buf, skb.transAt, skb.end));
    return skb;
  }

  tcp(sport: number, dport: number, flags: number, options = new Uint8Array(0), parts: IpParts = {}): Skb {
    const skb = this.ip(IPPROTO_TCP, new Uint8Array(20 + options.length), parts);
    const { buf, transAt: at } = skb;
    writeU16(buf, at, sport);
    writeU16(buf, at + 2, dport);
    writeU32(buf, at + 4, 1000);
    buf[at + 12] = ((20 + options.length) >> 2) << 4;
    buf[at + 13] = flags;
    buf.set(options, at + 20);
    writeU16(buf, at + 16, transportSum(skb, IPPROTO_TCP));
    return skb;
  }
}

/** Checksum over transport header, data and pseudo header: 0 where a right one already stands in it. */
export const transportSum = ({ buf, netAt, transAt, end }: Skb, protocol: number): number =>
  fold16(sum16(buf, transAt, end, pseudoSum(buf, netAt, protocol, end - transAt)));

export const u32be = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
export const u32le = (n: number): Uint8Array => Uint8Array.of(n, n >>> 8, n >>> 16, n >>> 24);
export const cmp = (data: Uint8Array, sreg = 4, how: Extract<NftExpr, { op: "cmp" }>["cmp"] = "eq"): NftExpr => ({ op: "cmp", cmp: how, sreg, data });
export const load = (base: Extract<NftExpr, { op: "payload" }>["base"], offset: number, len: number, dreg = 4): NftExpr => ({ op: "payload", base, offset, len, dreg });
