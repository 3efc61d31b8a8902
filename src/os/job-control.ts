import type { Pid } from "./pid.ts";
import type { JobNews, Process } from "./process.ts";
import { sendSignal } from "./signal-send.ts";

/** Tells the parent that a child stopped or went on: SIGCHLD, and news for waitpid. */
export function noteJobChange(p: Process, news: JobNews): void {
  p.news = news;
  const { parent } = p;
  if (!parent) return;
  sendSignal(parent, "SIGCHLD");
  parent.childQueue.wake();
}

/**
 * POSIX: a group is orphaned when no member has a parent in another group of the same session,
 * so nobody could ever continue it.
 */
export function isOrphaned(p: Process, group: Pid): boolean {
  return !p.kernel.groupMembers(group).some((member) => hasControllingParent(member));
}

function hasControllingParent(p: Process): boolean {
  const { parent } = p;
  return parent !== null && parent.alive && parent.pgrp !== p.pgrp && parent.session === p.session;
}

/** A group that just became orphaned with stopped members gets SIGHUP and SIGCONT (setpgid(2), exit). */
export function wakeOrphans(p: Process, group: Pid): void {
  const members = p.kernel.groupMembers(group).filter((member) => member.alive);
  if (!members.some((member) => member.stopped !== null) || !isOrphaned(p, group)) return;
  for (const member of members) {
    sendSignal(member, "SIGHUP");
    sendSignal(member, "SIGCONT");
  }
}
