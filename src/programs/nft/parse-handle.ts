import type { Handle, Named } from "./ast-cmd.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";
import type { Loc } from "./loc.ts";
import type { Parser } from "./parser.ts";
import type { Scope } from "./keywords.ts";

/** Names of tables, chains, sets … as commands write them: `[family] table chain`, `handle 5`, `position 5`. */

const FAMILIES: Readonly<Record<string, { readonly family: NftFamily; readonly scope: Scope | null }>> = {
  ip: { family: "ip", scope: "ip" },
  ip6: { family: "ip6", scope: "ip6" },
  inet: { family: "inet", scope: null },
  arp: { family: "arp", scope: "arp" },
  bridge: { family: "bridge", scope: null },
  netdev: { family: "netdev", scope: null },
};

export const NO_HANDLE: Handle = {
  family: "ip", familyLoc: null, table: null, chain: null, set: null, obj: null, flowtable: null, handle: null, position: null, index: null,
};

/** A family word, or null where none is written (then it is ip). */
export function acceptFamily(p: Parser): { readonly family: NftFamily; readonly loc: Loc } | null {
  const found = FAMILIES[p.kind];
  if (!found) return null;
  const { loc } = p.next();
  if (found.scope) p.close(found.scope);
  return { family: found.family, loc };
}

export function identifier(p: Parser, ...others: readonly string[]): Named {
  if (!p.at("string")) p.fail(...others, "string");
  const { text, loc } = p.next();
  return { name: text, loc };
}

/** `[family] table` */
export function tableSpec(p: Parser): Handle {
  const family = acceptFamily(p);
  return { ...NO_HANDLE, family: family?.family ?? "ip", familyLoc: family?.loc ?? null, table: identifier(p) };
}

export function number(p: Parser): { readonly id: number; readonly loc: Loc } {
  const { value, loc } = p.expect("number");
  return { id: Number(value), loc };
}

/** `handle 5` */
export const handleSpec = (p: Parser): NonNullable<Handle["handle"]> => {
  p.expect("handle");
  return number(p);
};

/** `[family] table`, or `[family] handle 5` */
export function tableOrIdSpec(p: Parser): Handle {
  const family = acceptFamily(p);
  const base: Handle = { ...NO_HANDLE, family: family?.family ?? "ip", familyLoc: family?.loc ?? null };
  return p.at("handle") ? { ...base, handle: handleSpec(p) } : { ...base, table: identifier(p, "handle") };
}

export const chainSpec = (p: Parser): Handle => ({ ...tableSpec(p), chain: identifier(p) });
export const setSpec = (p: Parser): Handle => ({ ...tableSpec(p), set: identifier(p) });
export const objSpec = (p: Parser): Handle => ({ ...tableSpec(p), obj: identifier(p) });
export const flowtableSpec = (p: Parser): Handle => ({ ...tableSpec(p), flowtable: identifier(p) });

/** `[family] table name`, or `[family] table handle 5` */
export function orIdSpec(p: Parser, what: "chain" | "set" | "obj" | "flowtable"): Handle {
  const table = tableSpec(p);
  return p.at("handle") ? { ...table, handle: handleSpec(p) } : { ...table, [what]: identifier(p, "handle") };
}

/** Where a new rule goes: `[family] table chain [position 5 | handle 5 | index 0]`. */
export function rulePosition(p: Parser): Handle {
  const chain = chainSpec(p);
  const start = p.start();
  const word = p.accept("position", "handle", "index");
  if (!word) return chain;
  const { id, loc } = number(p);
  // Of `handle 5` the number is underlined, of the others both words.
  const at = { id, loc: word.kind === "handle" ? loc : p.from(start) };
  return word.kind === "index" ? { ...chain, index: at } : { ...chain, position: at };
}

/** `[family]` of lists of everything; without `familyLoc` it means all families. */
export function rulesetSpec(p: Parser): Handle {
  const family = acceptFamily(p);
  return { ...NO_HANDLE, family: family?.family ?? "ip", familyLoc: family?.loc ?? null };
}
