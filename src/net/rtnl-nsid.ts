import type { Netns } from "./core/netns.ts";
import { DONE, type RtnlCaller, answer, refuse } from "./rtnl-reply.ts";
import type { RtnlReply } from "./uapi/rtnetlink.ts";
import type { NetnsRef } from "./uapi/rtnetlink-link.ts";

/** RTM_GETNSID, RTM_NEWNSID (net/core/net_namespace.c): the numbers by which one namespace knows others. */

const NONE = -1;

function peerOf(caller: RtnlCaller, ref: NetnsRef): Netns | null {
  const peer = caller.netnsOf(ref);
  return typeof peer === "string" ? null : peer;
}

/** The id, -1 while the namespace has none here. */
export function nsidGet(caller: RtnlCaller, ref: NetnsRef): RtnlReply {
  const peer = peerOf(caller, ref);
  if (peer === null) return refuse("EINVAL", "Peer netns reference is invalid");
  return answer([{ is: "nsid", id: caller.ns.netnsids.indexOf(peer) }]);
}

export function nsidSet(caller: RtnlCaller, ref: NetnsRef, id: number): RtnlReply {
  const peer = peerOf(caller, ref);
  const { netnsids } = caller.ns;
  if (peer === null) return refuse("EINVAL", "Peer netns reference is invalid");
  if (netnsids.includes(peer)) return refuse("EEXIST", "Peer netns already has a nsid assigned");
  if (id === NONE) {
    caller.ns.netnsidOf(peer);
    return DONE;
  }
  if ((netnsids[id] ?? null) !== null) return refuse("ENOSPC", "The specified nsid is already used");
  while (netnsids.length < id) netnsids.push(null);
  netnsids[id] = peer;
  return DONE;
}

export function nsidDump(ns: Netns): RtnlReply {
  return answer(ns.netnsids.flatMap((peer, id) => (peer === null ? [] : [{ is: "nsid", id } as const])));
}
