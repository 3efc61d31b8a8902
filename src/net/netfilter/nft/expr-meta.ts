import type { Netdev } from "../../core/netdev.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { NftFamily, NftMetaKey } from "../../uapi/nft-expr.ts";
import type { Dst } from "../../ipv4/route.ts";
import type { ExprOf } from "./expr.ts";
import { isInetFamily, onlyAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { NFPROTO } from "./nftrace.ts";
import { BREAK, checkReg, firstError, store16, store32, store8, storeBe16, storeName } from "./vm.ts";

/** Writes the value at a byte of the registers; false = the packet has none, the rule does not match. */
type Getter = (regs: NftRegs, at: number, pkt: NftPkt) => boolean;

interface MetaKey {
  readonly bytes: number;
  readonly get: Getter;
  /** Bridge family only (nft_meta_bridge.c). */
  readonly bridge?: true;
}

const value = (bytes: number, get: (regs: NftRegs, at: number, pkt: NftPkt) => void): MetaKey => ({
  bytes,
  get: (regs, at, pkt) => {
    get(regs, at, pkt);
    return true;
  },
});

type Side = (pkt: NftPkt) => Netdev | null;
const input: Side = (pkt) => pkt.state.indev;
const output: Side = (pkt) => pkt.state.outdev;

const ifindex = (side: Side): MetaKey => value(4, (regs, at, pkt) => store32(regs, at, side(pkt)?.ifindex ?? 0));
const ifname = (side: Side): MetaKey => value(16, (regs, at, pkt) => storeName(regs, at, side(pkt)?.name ?? ""));

/** Something of a device that must be there. */
const ofDevice = (side: Side, bytes: number, store: (regs: NftRegs, at: number, dev: Netdev) => void, bridge?: true): MetaKey => ({
  bytes,
  get: (regs, at, pkt) => {
    const dev = side(pkt);
    if (dev !== null) store(regs, at, dev);
    return dev !== null;
  },
  ...(bridge === undefined ? {} : { bridge }),
});

/** rtnl_link_ops->kind; the loopback device has none. */
const linkKind = (side: Side): MetaKey =>
  ofDevice((pkt) => (side(pkt)?.isLoopback === true ? null : side(pkt)), 16, (regs, at, dev) => storeName(regs, at, dev.ops.kind));

/** The bridge that a device is a port of. */
const bridgeOfSide = (side: Side): MetaKey =>
  ofDevice((pkt) => bridgeDev(side(pkt)), 16, (regs, at, br) => storeName(regs, at, br.name), true);

const bridgeDev = (dev: Netdev | null): Netdev | null => (dev?.master?.ops.kind === "bridge" ? dev.master : null);

/** PACKET_* of if_packet.h. */
export const PKTTYPES = ["host", "broadcast", "multicast", "otherhost", "outgoing"] as const;

const owner = (get: (sk: NonNullable<NftPkt["skb"]["sk"]>) => number | null): MetaKey => ({
  bytes: 4,
  get: (regs, at, pkt) => {
    const { sk } = pkt.skb;
    const id = sk === null ? null : get(sk);
    if (id !== null) store32(regs, at, id);
    return id !== null;
  },
});

/** CLOCK_REALTIME in whole seconds. */
const wallSec = (pkt: NftPkt): number => pkt.ns.world.startSec + Math.floor(pkt.ns.world.sim.nowNs / 1e9);

const DAY_SEC = 86400;

/** nft_meta_get_eval. `secmark`: no security module marks packets here, as on a machine without one. */
const KEYS: Readonly<Partial<Record<NftMetaKey, MetaKey>>> = {
  len: value(4, (regs, at, pkt) => store32(regs, at, pkt.skb.length)),
  protocol: value(2, (regs, at, pkt) => storeBe16(regs, at, pkt.skb.protocol)),
  nfproto: value(1, (regs, at, pkt) => store8(regs, at, NFPROTO[pkt.family])),
  l4proto: {
    bytes: 1,
    get: (regs, at, pkt) => {
      store8(regs, at, pkt.l4proto);
      return pkt.l4proto >= 0;
    },
  },
  priority: value(4, (regs, at, pkt) => store32(regs, at, pkt.skb.priority)),
  mark: value(4, (regs, at, pkt) => store32(regs, at, pkt.skb.mark)),
  iif: ifindex(input),
  oif: ifindex(output),
  iifname: ifname(input),
  oifname: ifname(output),
  // The kernel asks the packet, not the hook: behind the output hook that is the device it leaves by.
  iiftype: ofDevice((pkt) => pkt.skb.dev, 2, (regs, at, dev) => store16(regs, at, dev.type)),
  oiftype: ofDevice(output, 2, (regs, at, dev) => store16(regs, at, dev.type)),
  iifgroup: ofDevice(input, 4, (regs, at, dev) => store32(regs, at, dev.group)),
  oifgroup: ofDevice(output, 4, (regs, at, dev) => store32(regs, at, dev.group)),
  iifkind: linkKind(input),
  oifkind: linkKind(output),
  skuid: owner((sk) => sk.uid),
  skgid: owner((sk) => sk.gid),
  cgroup: owner(() => 0),
  rtclassid: { bytes: 4, get: (regs, at, pkt) => storeClassid(regs, at, pkt) },
  secmark: value(4, (regs, at) => store32(regs, at, 0)),
  pkttype: value(1, (regs, at, pkt) => store8(regs, at, PKTTYPES.indexOf(pkt.skb.pktType))),
  cpu: value(4, (regs, at) => store32(regs, at, 0)),
  prandom: value(4, (regs, at, pkt) => store32(regs, at, pkt.ns.world.sim.rng.u32())),
  secpath: value(1, (regs, at) => store8(regs, at, 0)),
  time_ns: value(8, (regs, at, pkt) => storeWallNs(regs, at, pkt)),
  time_day: value(1, (regs, at, pkt) => store8(regs, at, (Math.floor(wallSec(pkt) / DAY_SEC) + 4) % 7)),
  time_hour: value(4, (regs, at, pkt) => store32(regs, at, wallSec(pkt) % DAY_SEC)),
  sdif: value(4, (regs, at) => store32(regs, at, 0)),
  sdifname: value(16, (regs, at) => storeName(regs, at, "")),
  bri_iifname: bridgeOfSide(input),
  bri_oifname: bridgeOfSide(output),
};

/** Nanoseconds since the epoch; past 2^53, so in two exact halves. */
function storeWallNs(regs: NftRegs, at: number, pkt: NftPkt): void {
  const { startSec, sim } = pkt.ns.world;
  const ns = BigInt(startSec) * 1000000000n + BigInt(sim.nowNs);
  store32(regs, at, Number(ns & 0xffffffffn));
  store32(regs, at + 4, Number((ns >> 32n) & 0xffffffffn));
}

/** dst->tclassid: the realm of the route. */
export function storeClassid(regs: NftRegs, at: number, pkt: NftPkt): boolean {
  const dst = pkt.skb.dst as Dst | null;
  if (dst !== null) store32(regs, at, dst.route?.nexthops[0]?.realm ?? 0);
  return dst !== null;
}

/** nft_meta_get_init: EOPNOTSUPP for keys that can only be set or need VLAN filtering bridges, and for bridge keys outside bridges. */
export function bindMeta(bind: NftBind, expr: ExprOf<"meta">): NftOp | Errno {
  const { key } = expr;
  const known = KEYS[key];
  if (known === undefined || (known.bridge === true && bind.family !== "bridge")) return "EOPNOTSUPP";
  const { bytes, get } = known;
  const error = checkReg(expr.dreg, bytes);
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (!get(regs, at, pkt)) regs.verdict = BREAK;
  };
  return { op: "meta", eval: evaluate, dump: () => expr, ...validator(key) };
}

/** nft_meta_get_validate. */
function validator(key: NftMetaKey): Pick<NftOp, "validate"> {
  if (key === "sdif" || key === "sdifname") return { validate: (base, family) => (isInetFamily(family) ? onlyAt(base, ["input", "forward"]) : "EOPNOTSUPP") };
  if (key !== "secpath") return {};
  return {
    validate: (base, family) => {
      if (family === "netdev") return onlyAt(base, ["ingress"]);
      return isInetFamily(family) ? onlyAt(base, ["prerouting", "input", "forward"]) : "EOPNOTSUPP";
    },
  };
}

/** What may be written, and how wide it is. */
const SETTERS: Partial<Record<NftMetaKey, { readonly bytes: number; readonly set: (pkt: NftPkt, data: Uint8Array, at: number) => void }>> = {
  mark: { bytes: 4, set: ({ skb }, data, at) => void (skb.mark = word(data, at)) },
  priority: { bytes: 4, set: ({ skb }, data, at) => void (skb.priority = word(data, at)) },
  pkttype: { bytes: 1, set: setPktType },
  nftrace: {
    bytes: 1,
    set: (pkt, data, at) => {
      pkt.skb.nfTrace = data[at] !== 0;
      pkt.traced = pkt.skb.nfTrace;
    },
  },
};

const word = (data: Uint8Array, at: number): number => (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;

/** Between host, broadcast, multicast and otherhost only (skb_pkt_type_ok). */
function setPktType({ skb }: NftPkt, data: Uint8Array, at: number): void {
  const type = PKTTYPES[data[at]!];
  if (type !== undefined && type !== "outgoing" && skb.pktType !== "outgoing") skb.pktType = type;
}

/** nft_meta_set_init: EOPNOTSUPP for what cannot be set; brouting needs a hook that bridges here do not have. */
export function bindMetaSet(bind: NftBind, expr: ExprOf<"meta.set">): NftOp | Errno {
  const setter = SETTERS[expr.key];
  if (setter === undefined) return "EOPNOTSUPP";
  const error = firstError(checkReg(expr.sreg, setter.bytes));
  if (error !== null) return error;
  void bind;
  const at = expr.sreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => setter.set(pkt, regs.data, at);
  return { op: "meta.set", eval: evaluate, dump: () => expr, ...(expr.key === "pkttype" ? { validate: validatePktType } : {}) };
}

/** nft_meta_set_validate. */
function validatePktType(base: Parameters<NonNullable<NftOp["validate"]>>[0], family: NftFamily): Errno | null {
  if (family === "netdev") return onlyAt(base, ["ingress"]);
  if (family === "bridge" || isInetFamily(family)) return onlyAt(base, ["prerouting"]);
  return "EOPNOTSUPP";
}

