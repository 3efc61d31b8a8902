import type { CtDir, NftCtKey, NftMetaKey } from "../../net/uapi/nft-expr.ts";
import { ctKeyDesc } from "./ct-keys.ts";
import { metaKeyDesc } from "./meta-keys.ts";

/** `iifname`, `meta length` (meta_expr_print). */
export function printMeta(key: NftMetaKey): string {
  const desc = metaKeyDesc(key);
  if (desc === null) return `meta ${key}`;
  return desc.unqualified ? desc.token : `meta ${desc.token}`;
}

/** `ct original ip saddr`, `ct state` (ct_print); the family stands before addresses whose key does not say it. */
export function printCt(key: NftCtKey, dir: CtDir | null, nfproto: "ip" | "ip6" | null): string {
  const family = dir !== null && (key === "src" || key === "dst") && nfproto !== null ? `${nfproto} ` : "";
  return `ct ${dir === null ? "" : `${dir} `}${family}${ctKeyDesc(key)?.token ?? key}`;
}

const RT_WORDS: Readonly<Record<string, string>> = { classid: "classid", nexthop4: "ip nexthop", nexthop6: "ip6 nexthop", tcpmss: "mtu", ipsec: "ipsec" };
export const printRt = (key: string): string => `rt ${RT_WORDS[key] ?? key}`;

/** `rate 10 mbytes`: the largest unit that divides a number of bytes (get_rate). */
export function printBytes(bytes: number): string {
  const units = ["bytes", "kbytes", "mbytes"];
  let rest = bytes;
  let unit = 0;
  while (rest !== 0 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest} ${units[unit] ?? ""}`;
}

const UNITS: Readonly<Record<number, string>> = { 1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week" };
/** "second" … of a span in seconds. */
export const unitName = (unitSec: number): string => UNITS[unitSec] ?? "error";

interface Limit { readonly rate: number; readonly unitSec: number; readonly burst: number; readonly over: boolean }
/** Packets that a limit lets through at once when nobody says. */
const DEFAULT_BURST_PACKETS = 5;

/** `rate over 1 mbytes/second burst 10 kbytes`, shared by the statement and the object. */
export function printRate(of: "packets" | "bytes", l: Limit): string {
  const per = unitName(l.unitSec);
  const over = l.over ? "over " : "";
  if (of === "bytes") return `rate ${over}${printBytes(l.rate)}/${per}${l.burst === 0 ? "" : ` burst ${printBytes(l.burst)}`}`;
  return `rate ${over}${l.rate}/${per}${l.burst === 0 || l.burst === DEFAULT_BURST_PACKETS ? "" : ` burst ${l.burst} packets`}`;
}
