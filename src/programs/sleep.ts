import { parseDurationSec } from "./lib/numbers.ts";
import { missingOperand, tool } from "./lib/tool.ts";

/** Longest single sleep: clocks are doubles, and infinity is not an instant. */
const FOREVER_SEC = 1e9;

/** sleep(1): the sum of its operands. */
export const sleep = tool({ takes: "", usage: "NUMBER[SUFFIX]..." }, function* (io, options) {
  if (options.operands.length === 0) return yield* missingOperand(io);
  let total = 0;
  let wrong = false;
  for (const text of options.operands) {
    const seconds = parseDurationSec(text);
    if (seconds === null) {
      yield* io.complain(`invalid time interval ${io.quote(text)}`);
      wrong = true;
    } else total += seconds;
  }
  if (wrong) {
    yield* io.err(`Try '${io.name} --help' for more information.\n`);
    return 1;
  }
  const endNs = io.sys.nowNs + Math.min(total, FOREVER_SEC) * 1e9;
  while (io.sys.nowNs < endNs) yield* io.sys.sleep(endNs - io.sys.nowNs);
  return 0;
});
