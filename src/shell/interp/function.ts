import type { Function as FunctionNode } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint, ReturnFrom } from "../control.ts";
import { deep } from "../deep.ts";
import type { Shell, ShellFunction } from "../state.ts";
import { execCommand, execList } from "./command.ts";

/** Deeper than this a script has run away; bash itself would crash not much later. */
export const DEEPEST = 5000;

export function* defineFunction(sh: Shell, node: FunctionNode): Task<number> {
  const name = node.name.value;
  if (sh.on("posix") && !/^[A-Za-z_]\w*$/.test(name)) throw new Complaint(`\`${name}': not a valid identifier`, "fail");
  if (/[$`'"\\]/.test(node.name.text)) throw new Complaint(`\`${node.name.text}': not a valid identifier`, "fail");
  const file = sh.frames.at(-1)?.file ?? (sh.input === "file" ? sh.name : sh.input === "string" ? "environment" : "main");
  sh.functions.set(name, { name, body: node.body, source: sh.source, file, line: sh.source.lineAt(node.pos) });
  yield* sh.sys.compute(1000);
  return 0;
}

/** Calls a function: its own positional parameters and a scope for `local`. */
export function* callFunction(sh: Shell, fn: ShellFunction, args: readonly string[]): Task<number> {
  const limit = Math.min(Number(sh.get("FUNCNEST")) || DEEPEST, DEEPEST);
  if (sh.depth >= limit) throw new Complaint(`${fn.name}: maximum function nesting level exceeded (${limit})`);
  const before = { args: sh.args, frames: sh.frames, source: sh.source, loopDepth: sh.loopDepth, line: sh.line, getopts: sh.getopts };
  const scope = sh.vars.push("function");
  sh.frames = [...sh.frames, { name: fn.name, file: fn.file, callLine: sh.line, isSource: false }];
  Object.assign(sh, { args, source: fn.source, loopDepth: 0 });
  sh.functionDepth++;
  sh.depth++;
  try {
    return yield* deep(body(sh, fn));
  } finally {
    sh.vars.pop(scope);
    sh.functionDepth--;
    sh.depth--;
    Object.assign(sh, before);
  }
}

function* body(sh: Shell, fn: ShellFunction): Task<number> {
  let status: number;
  try {
    status = yield* (fn.body.type === "CompoundList" ? execList(sh, fn.body) : execCommand(sh, fn.body));
  } catch (leave) {
    if (!(leave instanceof ReturnFrom)) throw leave;
    status = leave.status;
  }
  sh.status = status;
  if (sh.on("functrace")) yield* sh.traps.onEvent(sh, "RETURN");
  return status;
}
