import { isErrno, strerror } from "../net/uapi/errno.ts";
import { parseDate } from "./lib/date.ts";
import { tool } from "./lib/tool.ts";

/** touch(1): there is one time per file here, the modification time. */
export const touch = tool({ takes: "a c,no-create d,date= m r,reference= f h,no-dereference", refuses: "t= time=", usage: "[OPTION]... FILE..." }, function* (io, o) {
  if (o.operands.length === 0) {
    yield* io.complain("missing file operand");
    yield* io.err(`Try '${io.name} --help' for more information.\n`);
    return 1;
  }
  const { sys } = io;
  const reference = o.value("r") === undefined ? undefined : sys.stat(o.value("r") ?? "");
  if (isErrno(reference)) {
    yield* io.complain(`failed to get attributes of '${o.value("r") ?? ""}': ${strerror(reference)}`);
    return 1;
  }
  const given = o.value("d") === undefined ? undefined : parseDate(o.value("d") ?? "", sys.wallTime());
  if (given === null) {
    yield* io.complain(`invalid date format ${io.quote(o.value("d") ?? "")}`);
    return 1;
  }
  const timeSec = reference?.mtimeSec ?? given?.sec ?? sys.wallTime().sec;
  let status = 0;
  for (const path of o.operands) {
    const there = sys.stat(path);
    if (isErrno(there) && o.has("c")) continue;
    const fd = isErrno(there) ? sys.open(path, { write: true, create: true }) : undefined;
    const failed = isErrno(fd) ? fd : sys.utimes(path, timeSec);
    if (typeof fd === "number") sys.close(fd);
    if (failed === undefined || (o.has("a") && !o.has("m"))) continue;
    yield* io.complain(`${isErrno(fd) ? "cannot touch" : "setting times of"} '${path}': ${strerror(failed)}`);
    status = 1;
  }
  return status;
});
