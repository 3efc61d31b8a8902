import { isErrno } from "../net/uapi/errno.ts";
import type { Sys } from "../os/sys.ts";
import { fromUtf8 } from "../wire/text.ts";
import { extraOperand, tool } from "./lib/tool.ts";

interface Row {
  readonly name: string;
  readonly id: number;
  readonly group: number;
}

/** /etc/passwd or /etc/group. */
function table(sys: Sys, path: string): Row[] {
  const text = sys.readFile(path);
  if (isErrno(text)) return [];
  return fromUtf8(text).split("\n").filter((l) => l !== "").map((l) => l.split(":")).map(([name = "", , id = "", group = ""]) => ({ name, id: Number(id), group: Number(group) }));
}

const nameOf = (rows: readonly Row[], id: number): string | undefined => rows.find((r) => r.id === id)?.name;

/** whoami(1). */
export const whoami = tool({ takes: "", usage: "[OPTION]..." }, function* (io, o) {
  if (o.operands[0] !== undefined) return yield* extraOperand(io, o.operands[0]);
  const name = nameOf(table(io.sys, "/etc/passwd"), io.sys.uid);
  if (name === undefined) {
    yield* io.complain(`cannot find name for user ID ${io.sys.uid}`);
    return 1;
  }
  yield* io.out.text(`${name}\n`);
  return 0;
});

/** id(1): the caller, or a user of /etc/passwd. */
export const id = tool({ takes: "u,user g,group G,groups n,name r,real z,zero a", refuses: "Z,context", usage: "[OPTION]... [USER]..." }, function* (io, o) {
  const users = table(io.sys, "/etc/passwd");
  const groups = table(io.sys, "/etc/group");
  const wanted = o.operands[0];
  const user = wanted === undefined ? (users.find((r) => r.id === io.sys.uid) ?? { name: "", id: io.sys.uid, group: 0 }) : users.find((r) => r.name === wanted || String(r.id) === wanted);
  if (user === undefined) {
    yield* io.complain(`${io.quote(wanted ?? "")}: no such user`);
    return 1;
  }
  const which = o.last("u", "g", "G");
  if (which === undefined && o.has("n", "r")) {
    yield* io.complain("cannot print only names or real IDs in default format");
    return 1;
  }
  const group = nameOf(groups, user.group);
  const named = (n: number, name: string | undefined): string => (name === undefined ? String(n) : `${n}(${name})`);
  const one = which === "u" ? (o.has("n") ? user.name : String(user.id)) : o.has("n") ? (group ?? String(user.group)) : String(user.group);
  const all = `uid=${named(user.id, user.name || undefined)} gid=${named(user.group, group)} groups=${named(user.group, group)}`;
  yield* io.out.text(`${which === undefined ? all : one}${o.has("z") ? "\0" : "\n"}`);
  return 0;
});
