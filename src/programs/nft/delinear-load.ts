import type { NftExpr } from "../../net/uapi/nft-expr.ts";
import type { Expr, FibExpr, ExthdrExpr, MapExpr, OsfExpr, PayloadExpr, TunnelExpr, XfrmExpr } from "./ast.ts";
import { parseBitwise, parseShift } from "./delinear-bitwise.ts";
import { rawValue, setRef } from "./delinear-nodes.ts";
import { register, registers, type Parse } from "./delinear-parse.ts";
import { completeOption } from "./delinear-exthdr.ts";
import { ctOf, fibOf, hashOf, metaOf, numgenOf, rawPayloadOf, rtOf, socketOf } from "./nodes-keys.ts";
import { noLoc } from "./nodes.ts";
import { TH } from "./proto-transport.ts";
import { HOST_INTEGER, INTEGER, INVALID, STRING } from "./types-base.ts";
import { INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** The expression that an instruction loads into its register; null = it does not load. */
export function parseLoad(parse: Parse, e: NftExpr): Expr | null {
  switch (e.op) {
    case "immediate": return rawValue(e.data);
    case "payload": return payloadAt(e.base, e.offset * 8, e.len * 8);
    case "meta": return metaOf(noLoc, e.key);
    // The kernel does not tell the direction of protocols.
    case "ct": return ctOf(noLoc, e.key, e.key === "l3protocol" || e.key === "protocol" ? null : (e.dir ?? null));
    case "exthdr": return optionAt(e);
    case "bitwise": return parseBitwise(parse, e);
    case "shift": return parseShift(parse, e);
    case "byteorder": return turned(parse, e);
    case "lookup": return e.dreg === undefined || e.dreg === "verdict" ? null : mapped(parse, e);
    default: return parseRareLoad(parse, e);
  }
}

function parseRareLoad(parse: Parse, e: NftExpr): Expr | null {
  switch (e.op) {
    case "rt": return rtOf(noLoc, e.key);
    case "socket": return socketOf(noLoc, e.key, e.level ?? null);
    case "fib": return fibLoad(e);
    case "numgen": return numgenOf(noLoc, e.kind === "inc" ? "inc" : "random", e.modulus, e.offset);
    case "jhash": return hashOf(noLoc, "jenkins", registers(parse, e.sreg, e.len * 8), e.modulus, e.seed ?? null, e.offset);
    case "symhash": return hashOf(noLoc, "sym", null, e.modulus, null, e.offset);
    case "osf": return osfLoad(e);
    case "xfrm": return xfrmLoad(e);
    case "tunnel": return tunnelLoad(e);
    default: return null;
  }
}

type Op<K extends NftExpr["op"]> = Extract<NftExpr, { op: K }>;

/** Not known more closely yet, except ports: `th sport` is what any transport has there (payload_init_raw). */
export function payloadAt(base: PayloadExpr["base"], offset: number, len: number): PayloadExpr {
  const e = rawPayloadOf(noLoc, base, offset, len);
  e.dtype = { ...INTEGER, byteorder: "big", hexDigits: 1 };
  const port = base === "th" && len === 16 ? TH.fields.find((f) => f.offset === offset) : undefined;
  if (port === undefined) return e;
  return { ...e, raw: false, desc: TH, field: port, dtype: INET_SERVICE, byteorder: "big" };
}

const FIB_WORDS = { oif: "oif", oifname: "oifname", addrtype: "type" } as const;
const fibLoad = (e: Op<"fib">): FibExpr => fibOf(noLoc, e.flags, FIB_WORDS[e.result], e.present);

const osfLoad = (e: Op<"osf">): OsfExpr => ({ kind: "osf", loc: noLoc, dtype: STRING, byteorder: "host", len: 128, ttl: e.ttl, flags: e.flags });
const tunnelLoad = (e: Op<"tunnel">): TunnelExpr => ({ kind: "tunnel", loc: noLoc, dtype: HOST_INTEGER, byteorder: "host", len: e.key === "path" ? 8 : 32, key: e.key });

const XFRM_WORDS: Readonly<Record<string, string>> = { daddr4: "ip daddr", saddr4: "ip saddr", daddr6: "ip6 daddr", saddr6: "ip6 saddr" };

function xfrmLoad(e: Op<"xfrm">): XfrmExpr {
  const [dtype, len] = e.key.endsWith("4") ? [IPV4_ADDR, 32] as const : e.key.endsWith("6") ? [IPV6_ADDR, 128] as const : [HOST_INTEGER, 32] as const;
  const byteorder = e.key === "reqid" ? "host" : "big";
  return { kind: "xfrm", loc: noLoc, dtype, byteorder, len, dir: e.dir, key: XFRM_WORDS[e.key] ?? e.key, spnum: e.spnum };
}

function optionAt(e: Op<"exthdr">): ExthdrExpr {
  const option: ExthdrExpr = {
    kind: "exthdr", loc: noLoc, dtype: { ...INTEGER, byteorder: "big", hexDigits: 1 }, byteorder: "big", len: e.len * 8, hdr: e.kind, name: "", field: null,
    type: e.type, offset: e.offset * 8, present: e.present, raw: true, protoField: null,
  };
  completeOption(option);
  return option;
}

/** A conversion of byte order: seen by the comparison around it, never printed. */
function turned(parse: Parse, e: Op<"byteorder">): Expr | null {
  const arg = register(parse, e.sreg);
  if (arg === null) return null;
  const byteorder = e.to === "hton" ? "big" : "host";
  return { kind: "unary", loc: noLoc, dtype: arg.dtype, byteorder, len: arg.len, op: e.to, arg };
}

/** `ip saddr map @m`: what the map gave. */
function mapped(parse: Parse, e: Op<"lookup">): MapExpr | null {
  const set = parse.from.set(e.set);
  const key = set === null ? null : registers(parse, e.sreg, set.key?.len ?? 0);
  if (set === null || key === null) return null;
  const data = set.data;
  return {
    kind: "map", loc: noLoc, dtype: data?.dtype ?? INVALID, byteorder: data?.byteorder ?? "invalid", len: data?.len ?? 0, map: key, mappings: setRef(set), verdict: false,
  };
}

