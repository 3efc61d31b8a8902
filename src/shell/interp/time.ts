import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";

/** `time pipeline`: real time is simulated time; the simulation does not split CPU time into user and system. */
export function* timed(sh: Shell, work: () => Task<number>, posix: boolean): Task<number> {
  const from = sh.sys.nowNs;
  const status = yield* work();
  const ms = (sh.sys.nowNs - from) / 1e6;
  const long = (t: number): string => `${Math.floor(t / 60000)}m${((t % 60000) / 1000).toFixed(3)}s`;
  const short = (t: number): string => (t / 1000).toFixed(2);
  const lines = posix
    ? `real ${short(ms)}\nuser ${short(0)}\nsys ${short(0)}\n`
    : `\nreal\t${long(ms)}\nuser\t${long(0)}\nsys\t${long(0)}\n`;
  yield* sh.write(2, lines);
  return status;
}
