import type { Cmd, Tool } from "./lib/tool.ts";
export function* doMonitor(tool: Tool, _words: readonly string[]): Cmd<number> { return yield* tool.die("ip: monitor: not simulated here\n", 1); }
