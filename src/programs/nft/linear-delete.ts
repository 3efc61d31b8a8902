import type { Cmd, Handle } from "./ast-cmd.ts";
import type { Batch, Place } from "./linear-batch.ts";
import { deleteElements } from "./linear-elem.ts";
import type { NftObjType } from "../../net/uapi/nft-expr.ts";

/** `delete`, `flush`, `rename` as messages. */

const tableOf = (h: Handle): string => h.table?.name ?? "";

/** By handle, when the command gave one; by name else. */
const which = (h: Handle, name: { readonly name: string } | null): { handle: number } | { name: string } =>
  h.handle !== null ? { handle: h.handle.id } : { name: name?.name ?? "" };

export function linearizeDelete(b: Batch, cmd: Cmd): void {
  const { handle: h } = cmd;
  const attrs = (name: { readonly loc: Place["cmd"]["loc"] } | null): Place["attrs"] =>
    ({ table: h.table?.loc ?? null, name: name?.loc ?? null, chain: h.chain?.loc ?? null, set: h.set?.loc ?? null, obj: h.obj?.loc ?? null, handle: h.handle?.loc ?? null });
  const inTable = { family: h.family, table: tableOf(h) };
  switch (cmd.obj) {
    case "table":
      return b.push(cmd, { op: "table.del", family: h.family, ...(h.handle === null ? { name: tableOf(h) } : { handle: h.handle.id }) }, { ...attrs(h.table), name: h.table?.loc ?? null });
    case "chain":
      return b.push(cmd, { op: "chain.del", ...inTable, ...which(h, h.chain) }, attrs(h.chain));
    case "rule":
      return b.push(cmd, { op: "rule.del", ...inTable, chain: h.chain?.name ?? "", ...(h.handle === null ? {} : { handle: h.handle.id }) }, attrs(h.chain));
    case "set":
    case "map":
    case "meter":
      return b.push(cmd, { op: "set.del", ...inTable, ...which(h, h.set) }, attrs(h.set));
    case "element":
      return deleteElements(b, cmd);
    case "flowtable":
      return b.push(cmd, { op: "flowtable.del", ...inTable, ...which(h, h.flowtable), ...(cmd.flowtable !== null && cmd.flowtable.devices.length > 0 ? { devices: cmd.flowtable.devices } : {}) }, attrs(h.flowtable));
    default:
      return b.push(cmd, { op: "obj.del", ...inTable, type: objTypeOf(cmd), ...which(h, h.obj) }, attrs(h.obj));
  }
}

const OBJ_TYPES: readonly NftObjType[] = ["counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "secmark", "synproxy"];
const objTypeOf = (cmd: Cmd): NftObjType => OBJ_TYPES.find((type) => type === cmd.obj || `${type}s` === cmd.obj) ?? "counter";

export function linearizeFlush(b: Batch, cmd: Cmd): void {
  const { handle: h } = cmd;
  const attrs = { table: h.table?.loc ?? null, name: h.table?.loc ?? null, chain: h.chain?.loc ?? null, set: h.set?.loc ?? null };
  switch (cmd.obj) {
    case "ruleset":
      return b.push(cmd, { op: "table.del", ...(h.familyLoc === null ? {} : { family: h.family }) }, attrs);
    case "table":
      return b.push(cmd, { op: "rule.del", family: h.family, table: tableOf(h) }, attrs);
    case "chain":
      return b.push(cmd, { op: "rule.del", family: h.family, table: tableOf(h), chain: h.chain?.name ?? "" }, attrs);
    case "set":
    case "map":
    case "meter":
      return b.push(cmd, { op: "elem.del", family: h.family, table: tableOf(h), set: h.set?.name ?? "" }, attrs);
    default:
      return undefined;
  }
}

/** A new name under the handle of the old one. */
export function renameChain(b: Batch, cmd: Cmd): void {
  const { handle: h } = cmd;
  const chain = b.nft.cache.table(h.family, tableOf(h))?.chains.get(h.chain?.name ?? "");
  // The kernel is told the handle; a chain of this very batch has none yet.
  b.push(
    cmd, { op: "chain.new", nlm: { create: false, excl: false }, family: h.family, table: tableOf(h), name: cmd.arg?.name ?? "", handle: chain?.handle.handle?.id ?? 0 },
    { table: h.table?.loc ?? null },
  );
}
