/** What `ip` and `bridge` say to the kernel and hear from it: rtnetlink(7) as typed values. (Placeholder shapes, replaced by the rtnetlink step.) */
import type { Errno } from "./errno.ts";

export type RtnlRequest = { readonly op: string };
export type RtnlReply = { readonly error: Errno; readonly message?: string } | { readonly items: readonly unknown[] };
export type RtnlGroup = "link" | "addr" | "route" | "neigh";
export type RtnlEvent = { readonly group: RtnlGroup };
