import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDIN } from "../os/sys.ts";
import { Input } from "./lib/input.ts";
import { tool } from "./lib/tool.ts";

/** tee(1): each chunk goes to stdout and to every file as it comes. */
export const tee = tool({ takes: "a,append i,ignore-interrupts", refuses: "p output-error=?", usage: "[OPTION]... [FILE]..." }, function* (io, options) {
  if (options.has("i")) io.sys.signal("SIGINT", "ignore");
  io.out.buffering = "none";
  const append = options.has("a");
  const files: number[] = [];
  let status = 0;
  for (const path of options.operands) {
    const fd = io.sys.open(path, { write: true, create: true, append, truncate: !append });
    if (!isErrno(fd)) files.push(fd);
    else {
      yield* io.complain(`${path}: ${strerror(fd)}`);
      status = 1;
    }
  }
  const input = new Input(io.sys, STDIN);
  for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) {
    yield* io.out.raw(c);
    for (const fd of files) yield* io.sys.write(fd, c);
  }
  return status;
});
