import type { NftFamily } from "../../net/uapi/nft.ts";
import type { Handle, Named } from "./ast-cmd.ts";
import { noLoc } from "./nodes.ts";

const named = (name: string | undefined): Named | null => (name === undefined ? null : { name, loc: noLoc });

interface Names { readonly table?: string; readonly chain?: string; readonly set?: string; readonly obj?: string; readonly flowtable?: string; readonly id?: number }

/** Where something of the kernel's lives, as a command would say it. */
export const handleOf = (family: NftFamily, names: Names): Handle => ({
  family, familyLoc: null, table: named(names.table), chain: named(names.chain), set: named(names.set), obj: named(names.obj), flowtable: named(names.flowtable),
  handle: names.id === undefined ? null : { id: names.id, loc: noLoc }, position: null, index: null,
});
