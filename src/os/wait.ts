import type { Errno } from "../net/uapi/errno.ts";
import { reap } from "./exit.ts";
import type { Process } from "./process.ts";
import type { ChildStatus, WaitOptions } from "./sys.ts";

/** One look at the children: news to fetch, `ECHILD` when none can ever match, undefined = nothing yet. */
export function takeChildNews(p: Process, options: WaitOptions): ChildStatus | Errno | undefined {
  const candidates = [...p.children].filter((child) => matches(p, child, options.who ?? "any"));
  if (candidates.length === 0) return "ECHILD";
  for (const child of candidates) {
    const news = fetch(p, child, options);
    if (news) return news;
  }
  return undefined;
}

function matches(p: Process, child: Process, who: NonNullable<WaitOptions["who"]>): boolean {
  if (who === "any") return true;
  if (typeof who === "number") return child.pid.in(p.ns.pid) === who;
  return child.pgrp.in(p.ns.pid) === who.pgid;
}

function fetch(p: Process, child: Process, options: WaitOptions): ChildStatus | undefined {
  const pid = child.pid.in(p.ns.pid);
  if (child.phase === "zombie") {
    const status = child.status!;
    reap(child);
    return { pid, ...status };
  }
  const { news } = child;
  if (!options.untraced || !news) return undefined;
  child.news = null;
  return { pid, ...news };
}
