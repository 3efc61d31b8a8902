import { strerror } from "../net/uapi/errno.ts";
import { eachInput } from "./lib/per-file.ts";
import { tool } from "./lib/tool.ts";
import { toByteString } from "./lib/bytes.ts";

/** tac(1): the records of each file, last first. */
export const tac = tool({ takes: "s,separator=", refuses: "b,before r,regex", usage: "[OPTION]... [FILE]..." }, function* (io, options) {
  const separator = options.value("s") ?? "\n";
  return yield* eachInput(io, options.operands, function* (input) {
    let all = "";
    for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) all += toByteString(c);
    const records = all.split(separator);
    const tail = records.pop() ?? "";
    const ended = records.map((r) => r + separator).reverse();
    yield* io.out.bytes(tail + ended.join(""));
  }, "\n", {
    open: (path, error) => `failed to open '${path}' for reading: ${strerror(error)}`,
    read: (path, error) => `${path}: read error: ${strerror(error)}`,
  });
});
