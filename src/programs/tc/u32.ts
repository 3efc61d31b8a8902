import type { U32Key } from "../../net/uapi/rtnetlink-qdisc.ts";
import { parsePrefix } from "../ip/lib/addresses.ts";
import { type Args, matches, parseUnsigned } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { complain } from "./kind.ts";
import { formatClassid, parseClassid } from "./units.ts";
import { U32_USAGE } from "./usage.ts";
import type { FilterRow } from "../../net/uapi/rtnetlink-qdisc.ts";

/* f_u32.c of iproute2 6.1: selectors of IPv4, TCP, UDP and plain words, without hash tables, actions and offsets. */

export interface U32Spec {
  readonly keys: readonly U32Key[];
  readonly classid: number;
}

export function* parseU32(args: Args): Cmd<U32Spec> {
  const { tool } = args;
  const keys: U32Key[] = [];
  let classid = 0;
  while (args.more) {
    const w = args.take();
    if (matches(w, "match")) yield* selector(args, keys);
    else if (w === "classid" || w === "flowid") classid = parseClassid(yield* args.next()) ?? (yield* complain(tool, "Illegal \"classid\"\n"));
    else if (["offset", "hashkey", "divisor", "order", "link", "ht", "indev", "action", "police", "sample", "skip_hw", "skip_sw"].includes(w)) yield* complain(tool, `tc: u32 ${w}: not simulated here\n`);
    else yield* complain(tool, w === "help" ? U32_USAGE : `What is "${w}"?\n${U32_USAGE}`);
  }
  return { keys, classid };
}

function* selector(args: Args, keys: U32Key[]): Cmd<void> {
  const kind = yield* args.next();
  const key = yield* keyOf(args, kind);
  if (key === null || !pack(keys, key)) yield* complain(args.tool, "Illegal \"match\"\n");
}

/** pack_key: comparisons of one word are one; they may not contradict each other. */
function pack(keys: U32Key[], key: U32Key): boolean {
  if (key.offset % 4 !== 0) return false;
  const value = (key.value & key.mask) >>> 0;
  const at = keys.findIndex((k) => k.offset === key.offset);
  if (at < 0) return keys.push({ ...key, value }) <= 128;
  const old = keys[at]!;
  if (((value ^ old.value) & key.mask & old.mask) !== 0) return false;
  keys[at] = { offset: key.offset, value: (old.value | value) >>> 0, mask: (old.mask | key.mask) >>> 0 };
  return true;
}

/** Fields of the IPv4 header, and the ports behind one without options: offset, bytes. */
const IP_FIELDS: Readonly<Record<string, readonly [offset: number, bytes: 1 | 2]>> = {
  tos: [1, 1], dsfield: [1, 1], precedence: [1, 1], ihl: [0, 1], protocol: [9, 1], ip_ttl: [8, 1], sport: [20, 2], dport: [22, 2], icmp_type: [20, 1], icmp_code: [21, 1],
};

function* keyOf(args: Args, kind: string): Cmd<U32Key | null> {
  if (matches(kind, "u32")) return yield* wordAt(args, 4, 0);
  if (matches(kind, "u16")) return yield* wordAt(args, 2, 0);
  if (matches(kind, "u8")) return yield* wordAt(args, 1, 0);
  if (!matches(kind, "ip")) {
    if (["ip6", "udp", "tcp", "icmp", "mark", "ether"].some((name) => matches(kind, name))) yield* complain(args.tool, `tc: u32 match ${kind}: not simulated here\n`);
    return null;
  }
  if (!args.more) return null;
  const field = args.take();
  if (field === "src" || field === "dst") return prefixKey(args, field === "src" ? 12 : 16);
  const known = IP_FIELDS[field];
  return known === undefined ? null : yield* wordAt(args, known[1], known[0]);
}

function prefixKey(args: Args, offset: number): U32Key | null {
  const prefix = parsePrefix(args.more ? args.take() : "");
  if (prefix === null || prefix === "inet6") return null;
  const mask = prefix.len === 0 ? 0 : (0xffffffff << (32 - prefix.len)) >>> 0;
  return { value: prefix.addr, mask, offset };
}

/** "VALUE MASK [at OFFSET]": the mask is hexadecimal with or without 0x. */
function* wordAt(args: Args, bytes: 1 | 2 | 4, standard: number): Cmd<U32Key | null> {
  const [value, mask] = [args.more ? parseUnsigned(args.take()) : null, args.more ? parseHex(args.take()) : null];
  const most = 2 ** (8 * bytes) - 1;
  if (value === null || mask === null || value > most || mask > most) return null;
  let at: number | null = standard;
  if (args.peek === "at") {
    args.take();
    const text = yield* args.next();
    if (text.startsWith("nexthdr")) return yield* complain(args.tool, "tc: u32 nexthdr: not simulated here\n");
    at = parseUnsigned(text);
  }
  if (at === null) return null;
  const shift = bytes === 4 ? 1 : 2 ** (8 * (bytes === 2 ? (at % 4 === 0 ? 2 : 0) : 3 - (at % 4)));
  return { value: value * shift, mask: mask * shift, offset: bytes === 4 ? at : at - (at % 4) };
}

const parseHex = (text: string): number | null => (/^(0x)?[0-9a-f]{1,8}$/i.test(text) ? parseInt(text, 16) : null);

/** "800::801": table, bucket, rule (get_u32_handle). */
export function parseU32Handle(text: string): number | null {
  const match = /^([0-9a-f]{1,3}):(?:([0-9a-f]{0,2}):([0-9a-f]{0,3}))?$/i.exec(text);
  if (match === null) return null;
  const [table, bucket, rule] = [match[1], match[2], match[3]].map((part) => parseInt(part || "0", 16));
  return table! * 0x100000 + bucket! * 0x1000 + rule!;
}

const hex = (n: number): string => n.toString(16).padStart(8, "0");

/** u32_print_opt, behind "fh 800::801 ". */
export function printU32({ out }: Tool, f: FilterRow): void {
  const [table, rule] = [Math.floor(f.handle / 0x100000).toString(16), f.handle % 0x1000];
  out.openObject("options");
  const shown = rule === 0 ? `${table}:` : `${table}::${rule.toString(16)}`;
  out.any("fh", shown, `fh ${shown} `);
  if (rule === 0) out.any("ht_divisor", 1, "ht divisor 1 ");
  else {
    out.any("order", rule, `order ${rule} `);
    out.any("key_ht", table, `key ht ${table} `);
    out.any("bkt", "0", "bkt 0 ");
    if (f.classid !== 0) out.any("flowid", formatClassid(f.classid), `*flowid ${formatClassid(f.classid)} `);
    out.any("not_in_hw", true, "not_in_hw ");
    for (const key of f.keys) {
      out.openObject("match");
      out.js("value", key.value.toString(16));
      out.js("mask", key.mask.toString(16));
      out.js("offmask", "");
      out.js("off", key.offset);
      out.fp(`\n  match ${hex(key.value)}/${hex(key.mask)} at ${key.offset}`);
      out.closeObject();
    }
  }
  out.closeObject();
}
