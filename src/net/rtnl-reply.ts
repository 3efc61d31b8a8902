import type { Netns } from "./core/netns.ts";
import type { Errno } from "./uapi/errno.ts";
import type { RtnlError, RtnlItem, RtnlReply } from "./uapi/rtnetlink.ts";
import type { NetnsRef } from "./uapi/rtnetlink-link.ts";

/** Who asks: the namespace of the calling process, its journey, and what its descriptors and pids name. */
export interface RtnlCaller {
  readonly ns: Netns;
  readonly journey: number;
  /** The stack behind an open namespace file or a process; an errno when it is neither. */
  netnsOf(ref: NetnsRef): Netns | Errno;
}

/** Obeyed, nothing to tell. */
export const DONE: RtnlReply = { items: [] };

/** Refused; `message` is the extended acknowledgement (extack), printed after "Error: ". */
export const refuse = (error: Errno, message?: string): RtnlError => (message === undefined ? { error } : { error, message });

export const answer = (items: readonly RtnlItem[]): RtnlReply => ({ items });

export const doneOr = (error: Errno | undefined): RtnlReply => (error === undefined ? DONE : refuse(error));
