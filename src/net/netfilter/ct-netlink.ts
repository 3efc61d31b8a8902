import type { Netns } from "../core/netns.ts";
import type { CtReply, CtRequest } from "../uapi/conntrack.ts";

/** ctnetlink: one request. */
export function ctRequest(ns: Netns, request: CtRequest): CtReply {
  void [ns, request];
  return { error: "EOPNOTSUPP" };
}
