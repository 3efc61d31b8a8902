import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";

/** /etc/passwd and /etc/group: names to numbers. */
export interface Accounts {
  readonly users: ReadonlyMap<string, { readonly uid: number; readonly gid: number }>;
  readonly groups: ReadonlyMap<string, number>;
}

function fieldsOf(sys: Sys, path: string): string[][] {
  const bytes = sys.readFile(path);
  return isErrno(bytes) ? [] : fromUtf8(bytes).split("\n").map((line) => line.split(":"));
}

export function readAccounts(sys: Sys): Accounts {
  const users = fieldsOf(sys, "/etc/passwd").map((f) => [f[0] ?? "", { uid: Number(f[2]), gid: Number(f[3]) }] as const);
  const groups = fieldsOf(sys, "/etc/group").map((f) => [f[0] ?? "", Number(f[2])] as const);
  return { users: new Map(users), groups: new Map(groups) };
}
