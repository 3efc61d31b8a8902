/** Which process holds which socket, by the links below /proc/PID/fd, as `ss -p`, `netstat -p` and `lsof` find out. */
import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { readText } from "./proc.ts";

export interface SocketUser {
  readonly pid: number;
  /** The name in /proc/PID/stat. */
  readonly comm: string;
  readonly fd: number;
}

/** Holders by inode number, in the order of process and descriptor numbers. */
export function socketUsers(sys: Sys): ReadonlyMap<number, readonly SocketUser[]> {
  const users = new Map<number, SocketUser[]>();
  const names = sys.readdir("/proc");
  const pids = isErrno(names) ? [] : names.filter((n) => /^\d+$/.test(n)).map(Number).sort((a, b) => a - b);
  for (const pid of pids) {
    const stat = readText(sys, `/proc/${pid}/stat`);
    const comm = /^\d+ \((.*)\) /s.exec(stat ?? "")?.[1] ?? "";
    for (const { fd, ino } of socketFds(sys, pid)) {
      const known = users.get(ino);
      if (known === undefined) users.set(ino, [{ pid, comm, fd }]);
      else known.push({ pid, comm, fd });
    }
  }
  return users;
}

function socketFds(sys: Sys, pid: number): readonly { readonly fd: number; readonly ino: number }[] {
  const fds = sys.readdir(`/proc/${pid}/fd`);
  if (isErrno(fds)) return [];
  return fds.map(Number).sort((a, b) => a - b).flatMap((fd) => {
    const link = sys.readlink(`/proc/${pid}/fd/${fd}`);
    const ino = isErrno(link) ? null : /^socket:\[(\d+)\]$/.exec(link.target);
    return ino === null ? [] : [{ fd, ino: Number(ino[1]) }];
  });
}
