import type { ParsedScript } from "unbash";
import type { Task } from "../../os/sys.ts";
import { expandAliases } from "../aliases.ts";
import { Discard, ExitShell } from "../control.ts";
import type { Shell } from "../state.ts";
import { forbiddenPattern, outline, syntaxMessages, type Unit } from "../syntax.ts";
import { joinLines, SourceText } from "../text/source.ts";
import { execStatements } from "./statement.ts";

export interface TextOptions {
  /** Number of the first line; `eval` goes on with the caller's. */
  readonly firstLine?: number;
  /** `$LINENO` keeps the caller's value. */
  readonly keepLine?: boolean;
  /** Words between the shell's name and the line in syntax errors: "-c", "eval". */
  readonly label?: string;
  /** The only command may replace the process (`bash -c 'ping x'`). */
  readonly replace?: boolean;
  /** A mistake ends the shell (scripts and -c), instead of giving status 2. */
  readonly fatal?: boolean;
}

/** Runs program text unit by unit, as bash reads it: a mistake stops only what comes after it. */
export function* runText(sh: Shell, text: string, options: TextOptions = {}): Task<number> {
  const before = sh.source;
  try {
    return yield* runUnits(sh, text, options);
  } finally {
    sh.source = before;
  }
}

function* runUnits(sh: Shell, text: string, options: TextOptions): Task<number> {
  let source = new SourceText(joinLines(text), options.keepLine ? sh.line : options.firstLine ?? 1);
  let plan = outline(source.text);
  sh.status = plan.units.length === 0 && !plan.mistake ? 0 : sh.status;
  for (let i = 0; ; i++) {
    const from = plan.units[i]?.from ?? plan.mistake?.pos;
    const replaced = from === undefined ? null : expandAliases(sh, source.text, plan, i);
    if (replaced !== null) {
      source = new SourceText(replaced, source.firstLine);
      plan = outline(source.text);
    }
    const unit = plan.units[i];
    if (!unit) break;
    sh.source = source;
    const forbidden = sh.shopt.has("extglob") ? undefined : forbiddenPattern(source.text, unit);
    if (forbidden) return yield* refused(sh, source, forbidden, options);
    sh.mayReplace = options.replace === true && plan.units.length === 1 && unit.statements.length === 1 && !plan.mistake;
    yield* runUnit(sh, unit);
  }
  if (plan.mistake) yield* refuse(sh, source, plan.mistake, options);
  if (!plan.mistake || !inArray(plan.mistake)) return sh.status;
  const next = source.text.indexOf("\n", plan.mistake.pos) + 1;
  return next === 0 ? sh.status : yield* runUnits(sh, source.text.slice(next), { ...options, keepLine: false, firstLine: source.lineAt(next) });
}

function* refused(sh: Shell, source: SourceText, mistake: { message: string; pos: number }, options: TextOptions): Task<number> {
  yield* refuse(sh, source, mistake, options);
  return sh.status;
}

/** A mistake inside `a=( … )` costs only its line. */
const inArray = (mistake: { message: string }): boolean => mistake.message.includes("array assignment");

function* runUnit(sh: Shell, unit: Unit): Task<void> {
  if (sh.on("noexec")) return;
  try {
    yield* execStatements(sh, unit.statements);
  } catch (leave) {
    if (!(leave instanceof Discard) || sh.interactive) throw leave;
    sh.status = leave.status;
    if (sh.on("errexit") && sh.errexitOff === 0) throw new ExitShell(leave.status);
  }
}

/** Prints what is wrong with the syntax. */
export function* refuse(sh: Shell, source: SourceText, mistake: { message: string; pos: number }, options: TextOptions): Task<void> {
  const file = sh.frames.at(-1)?.isSource ? sh.frames.at(-1)?.file : undefined;
  const label = options.label === undefined ? "" : `${options.label}: `;
  for (const message of syntaxMessages(source, mistake)) {
    const shown = sh.interactive && !file ? message.replace(/^line \d+: /, "") : message;
    if (sh.interactive && shown.startsWith("`")) continue;
    yield* sh.write(2, `${file ?? sh.name}: ${label}${shown}\n`);
  }
  sh.status = inArray(mistake) ? 1 : 2;
  if (!inArray(mistake) && options.fatal && !sh.interactive) throw new ExitShell(2);
}

/** The inside of `$(…)` or backticks. */
export function* runNestedScript(sh: Shell, script: ParsedScript, text: string): Task<number> {
  const backticks = text.startsWith("`");
  const mistaken = (script.errors?.length ?? 0) > 0;
  if (mistaken || (sh.aliases.size > 0 && aliasesOn(sh))) {
    return yield* runText(sh, innerText(script, text), { firstLine: sh.line, label: backticks || mistaken ? "command substitution" : "", fatal: true });
  }
  if (script.source !== undefined) sh.source = new SourceText(script.source, sh.line);
  const only = script.commands.length === 1 ? script.commands[0] : undefined;
  sh.mayReplace = only !== undefined;
  if (script.commands.length === 0) return 0;
  return yield* execStatements(sh, script.commands);
}

const aliasesOn = (sh: Shell): boolean => sh.interactive || sh.shopt.has("expand_aliases");

function innerText(script: ParsedScript, text: string): string {
  if (script.source !== undefined) return script.source;
  return text.startsWith("`") ? text.slice(1, -1) : text.replace(/^[<>$]\(/, "").replace(/\)$/, "");
}

