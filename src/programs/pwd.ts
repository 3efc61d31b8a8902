import { isErrno } from "../net/uapi/errno.ts";
import type { Sys } from "../os/sys.ts";
import { tool } from "./lib/tool.ts";

/** pwd(1) of coreutils: physical unless -L and a PWD that is right. */
export const pwd = tool({ takes: "L,logical P,physical", usage: "[OPTION]..." }, function* (io, o) {
  if (o.operands.length > 0) yield* io.complain("ignoring non-option arguments");
  const logical = io.sys.env.get("PWD");
  yield* io.out.text(`${o.last("L", "P") === "L" && logical !== undefined && isHere(io.sys, logical) ? logical : io.sys.getcwd()}\n`);
  return 0;
});

function isHere(sys: Sys, path: string): boolean {
  const [there, here] = [sys.stat(path), sys.stat(".")];
  return path.startsWith("/") && !/(^|\/)\.\.?(\/|$)/.test(path) && !isErrno(there) && !isErrno(here) && there.ino === here.ino;
}
