import { tool } from "./lib/tool.ts";
import { strerror } from "../net/uapi/errno.ts";

const BUFFER_BYTES = 8192;

/** yes(1): fills 8 KiB with its line and writes that until nobody reads any more. */
export const yes = tool({ takes: "", usage: "[STRING]..." }, function* (io, options) {
  const line = `${options.operands.length > 0 ? options.operands.join(" ") : "y"}\n`;
  const block = line.repeat(Math.max(1, Math.floor(BUFFER_BYTES / line.length)));
  io.out.buffering = "none";
  while (io.out.error === undefined) yield* io.out.text(block);
  yield* io.complain(`standard output: ${strerror(io.out.error)}`);
  io.out.error = undefined;
  return 1;
});
