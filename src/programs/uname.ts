import { isErrno } from "../net/uapi/errno.ts";
import { UTSNAME } from "../os/machine.ts";
import { fromUtf8 } from "../wire/text.ts";
import { extraOperand, tool } from "./lib/tool.ts";

/** uname(1). */
export const uname = tool({ takes: "a,all s,kernel-name n,nodename r,kernel-release v,kernel-version m,machine p,processor i,hardware-platform o,operating-system", usage: "[OPTION]..." }, function* (io, o) {
  if (o.operands[0] !== undefined) return yield* extraOperand(io, o.operands[0]);
  const all = o.has("a");
  const parts: (readonly [string, string])[] = [
    ["s", UTSNAME.sysname], ["n", io.sys.hostname()], ["r", UTSNAME.release], ["v", UTSNAME.version], ["m", UTSNAME.machine],
    ["p", "unknown"], ["i", "unknown"], ["o", "GNU/Linux"],
  ];
  const none = o.list.length === 0;
  const shown = parts.filter(([key, value]) => (all ? value !== "unknown" : none ? key === "s" : o.has(key)));
  yield* io.out.text(`${shown.map(([, value]) => value).join(" ")}\n`);
  return 0;
});

/** nproc(1): what /proc/cpuinfo counts. */
export const nproc = tool({ takes: "all ignore=", usage: "[OPTION]..." }, function* (io, o) {
  if (o.operands[0] !== undefined) return yield* extraOperand(io, o.operands[0]);
  const ignore = o.value("ignore") ?? "0";
  if (!/^\d+$/.test(ignore)) {
    yield* io.complain(`invalid number: ${io.quote(ignore)}`);
    return 1;
  }
  const text = io.sys.readFile("/proc/cpuinfo");
  const count = isErrno(text) ? 1 : (fromUtf8(text).match(/^processor/gm) ?? []).length;
  yield* io.out.text(`${Math.max(1, count - Number(ignore))}\n`);
  return 0;
});
