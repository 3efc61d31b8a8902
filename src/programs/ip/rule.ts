import type { Cmd, Tool } from "./lib/tool.ts";
export function* doRule(tool: Tool, _words: readonly string[]): Cmd<number> { return yield* tool.die("ip: rule: not simulated here\n", 1); }
