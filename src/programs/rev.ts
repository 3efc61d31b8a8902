import { eachInput } from "./lib/per-file.ts";
import { strerror, type Errno } from "../net/uapi/errno.ts";
import { tool } from "./lib/tool.ts";

/** rev(1) of util-linux: each line backwards. */
export const rev = tool({ takes: "", usage: "[options] [<file> ...]" }, function* (io, options) {
  const trouble = {
    open: (path: string, error: Errno) => `cannot open ${path}: ${strerror(error)}`,
    read: (path: string, error: Errno) => `${path}: ${strerror(error)}`,
  };
  return yield* eachInput(io, options.operands, function* (input) {
    for (let l = yield* input.line(); l !== null; l = yield* input.line()) {
      yield* io.out.bytes([...l.text].reverse().join("") + (l.ended ? "\n" : ""));
    }
  }, "\n", trouble);
});
