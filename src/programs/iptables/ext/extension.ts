import type { Task } from "../../../os/sys.ts";
import type { NftCompatInfo } from "../../../net/uapi/nft-expr.ts";

/**
 * What a match or target brings to iptables: its options, and how it prints. Each keeps one value, the kernel's
 * own structure as `uapi/xt.ts` describes it.
 */
export interface Extension {
  /** As after -m or -j. */
  readonly name: string;
  /** The kernel's name, where it is another (`-m state` is conntrack, `-j NOTRACK` is CT). */
  readonly realName?: string;
  readonly options: readonly ExtOption[];
  init(): NftCompatInfo;
  /** One option was given. The new value, or what is wrong. */
  parse(info: NftCompatInfo, call: OptCall): NftCompatInfo | Bad;
  /** All options were given: `seen` has their keys. */
  check(info: NftCompatInfo, seen: readonly string[], call: CheckCall): Bad | undefined;
  /** Name that listings of this value use. */
  alias(info: NftCompatInfo): string;
  /** As in `-S`, each option with a space before it. */
  save(info: NftCompatInfo, at: PrintAt): string;
  /** As in `-L`, with a space before. */
  print(info: NftCompatInfo, at: PrintAt): string;
}

export interface ExtOption {
  readonly name: string;
  /** Options of one key are spellings of the same. Default: the name. */
  readonly key?: string;
  readonly arg?: boolean;
  readonly invert?: boolean;
  /** Old-style options check for themselves that they come once and are not inverted. */
  readonly unchecked?: boolean;
  readonly mandatory?: boolean;
  /** Keys that must come with it, and that must not. */
  readonly also?: readonly string[];
  readonly excludes?: readonly string[];
}

/** What is wrong with a command line; the exit status is 2 unless given. */
export interface Bad {
  readonly bad: string;
  readonly status?: number;
  /** Said on stderr before it. */
  readonly warnings?: string;
}
export const bad = (text: string, status?: number): Bad => (status === undefined ? { bad: text } : { bad: text, status });
export const isBad = (v: object | undefined): v is Bad => v !== undefined && "bad" in v && typeof v.bad === "string";

export interface OptCall {
  readonly key: string;
  /** The option's name as the extension has it. */
  readonly option: string;
  readonly arg: string;
  readonly invert: boolean;
  /** Keys given before. */
  readonly seen: readonly string[];
  /** Takes the next word of the command line, unless it is an option or "!". */
  next(): string | undefined;
  /** `-p` as given so far. */
  readonly proto: number;
  readonly protoInverted: boolean;
  readonly names: Names;
  warn(text: string): void;
}
export type CheckCall = Pick<OptCall, "proto" | "protoInverted" | "names">;

/** What a printer may know. */
export interface PrintAt {
  readonly numeric: boolean;
  readonly proto: number;
  readonly names: Names;
}

/** The name services of the machine. */
export interface Names {
  /** getservbyport(3); `protocol` null: any. */
  service(port: number, protocol: string): string | undefined;
  /** getservbyname(3). */
  servicePort(name: string, protocol: string | null): number | undefined;
  host(addr: number): string | undefined;
  /** Asks for the names of addresses before they are printed. May sleep. */
  learnHosts?(addrs: readonly number[]): Task<void>;
  user(uid: number): string | undefined;
  group(gid: number): string | undefined;
  uid(name: string): number | undefined;
  gid(name: string): number | undefined;
  /** if_indextoname(3). */
  iface(index: number): string | undefined;
}

/** The same with a typed value: what one writes. */
export interface TypedExtension<I extends NftCompatInfo> {
  readonly name: string;
  readonly realName?: string;
  readonly options: readonly ExtOption[];
  readonly init: I;
  parse?(info: I, call: OptCall): I | Bad;
  check?(info: I, seen: readonly string[], call: CheckCall): Bad | undefined;
  alias?(info: I): string;
  save?(info: I, at: PrintAt): string;
  print?(info: I, at: PrintAt): string;
}

export function extension<I extends NftCompatInfo>(e: TypedExtension<I>): Extension {
  return {
    name: e.name, ...(e.realName === undefined ? {} : { realName: e.realName }), options: e.options,
    init: () => e.init,
    parse: (info, call) => e.parse?.(info as I, call) ?? info,
    check: (info, seen, call) => e.check?.(info as I, seen, call),
    alias: (info) => e.alias?.(info as I) ?? e.realName ?? e.name,
    save: (info, at) => e.save?.(info as I, at) ?? "",
    print: (info, at) => e.print?.(info as I, at) ?? "",
  };
}

/** The checks that all new-style options share, before the extension looks at the value. */
export function checkUse(ext: string, option: ExtOption, call: Pick<OptCall, "invert" | "seen" | "key">): Bad | undefined {
  if (option.unchecked === true) return undefined;
  if (call.seen.includes(call.key)) return bad(`${ext}: option "--${option.name}" can only be used once.\n`);
  if (call.invert && option.invert !== true) return bad(`${ext}: option "--${option.name}" cannot be inverted.\n`);
  return undefined;
}

/** What goes together, once all are known. */
export function checkTogether(ext: Extension, seen: readonly string[]): Bad | undefined {
  const nameOf = (key: string): string => ext.options.find((o) => (o.key ?? o.name) === key)?.name ?? key;
  for (const o of ext.options) {
    const key = o.key ?? o.name;
    if (o.mandatory === true && !seen.includes(key)) return bad(`${ext.name}: option "--${o.name}" must be specified\n`);
    if (!seen.includes(key)) continue;
    const missing = o.also?.find((k) => !seen.includes(k));
    if (missing !== undefined) return bad(`${ext.name}: option "--${o.name}" also requires "--${nameOf(missing)}".\n`);
    const clash = o.excludes?.find((k) => k !== key && seen.includes(k));
    if (clash !== undefined) return bad(`${ext.name}: option "--${o.name}" cannot be used together with "--${nameOf(clash)}".\n`);
  }
  return undefined;
}
