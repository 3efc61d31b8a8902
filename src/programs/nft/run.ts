import { collapseElements } from "./collapse.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { resolveName } from "../lib/resolve.ts";
import { STDERR, STDOUT } from "../../os/sys.ts";
import type { Cmd } from "./ast-cmd.ts";
import { runCommands } from "./batch.ts";
import { emptyCache, loadCache } from "./cache.ts";
import type { NftContext } from "./context.ts";
import type { PrintFlags } from "./datatype.ts";
import { renderDiag, renderPlace } from "./diag.ts";
import { evaluateCmd } from "./eval.ts";
import { includeFiles } from "./include.ts";
import { listCommand, listWarnings } from "./list.ts";
import type { Input } from "./loc.ts";
import { echoText, monitor } from "./monitor.ts";
import { optimizeCmds } from "./optimize.ts";
import { parseInput, type ParseEnv } from "./parse.ts";
import { printRule } from "./print-chain.ts";
import { MAX_ERRORS } from "./parser.ts";
import { type AskedHosts, typeEnvOf } from "./type-env.ts";

/** What the options of one `nft` say. */
export interface Session {
  readonly flags: PrintFlags;
  readonly check: boolean;
  readonly optimize: boolean;
  readonly includePath: readonly string[];
  readonly defines: ReadonlyMap<string, string>;
  /** `--debug` levels. */
  readonly debug: ReadonlySet<string>;
}

/** Runs one input as one transaction: all of it happens or nothing. Answers whether it went well. */
export function* runInput(sys: Sys, session: Session, input: Input): Task<boolean> {
  if (session.flags.json && input.text.trimStart().startsWith("{")) {
    yield* sys.write(STDERR, "nft: -j: rulesets in JSON as input are not simulated here\n");
    return false;
  }
  const env: ParseEnv = { include: (pattern, from) => includeFiles(sys, session.includePath, pattern, from), defines: session.defines };
  const asked: AskedHosts = new Map();
  let tried = yield* tryInput(sys, session, input, env, asked);
  const unknown = [...asked.keys()];
  // Host names are asked of DNS when all is read; nothing has happened yet, since a name without address is an error.
  if (!tried.ok && unknown.length > 0 && !session.optimize) {
    for (const name of unknown) asked.set(name, yield* resolveName(sys, name, { onlyInet: true }));
    tried = yield* tryInput(sys, session, input, env, asked);
  }
  for (const diag of tried.diags) yield* sys.write(STDERR, renderDiag(diag));
  return tried.ok;
}

function* tryInput(sys: Sys, session: Session, input: Input, env: ParseEnv, asked: AskedHosts): Task<{ readonly ok: boolean; readonly diags: NftContext["diags"] }> {
  const { cmds, diags } = parseInput(input, env);
  const ctx: NftContext = {
    sys, flags: session.flags, types: typeEnvOf(sys, asked), diags: [...diags], cache: emptyCache(),
    check: session.check, optimize: session.optimize, debug: session.debug,
  };
  if (session.optimize) yield* optimize(ctx, cmds);
  return { ok: yield* runParsed(ctx, cmds, diags.length), diags: ctx.diags };
}

/** `-o`: the input is tried as it is, then its rules are merged and it is run. */
export function* runOptimized(sys: Sys, session: Session, input: Input): Task<boolean> {
  if (!session.optimize) return yield* runInput(sys, session, input);
  if (!(yield* runInput(sys, { ...session, optimize: false, check: true }, input))) return false;
  return yield* runInput(sys, session, input);
}

/** Merges rules, and tells: the texts and headings on stderr, the new rules on stdout. */
function* optimize(ctx: NftContext, cmds: readonly Cmd[]): Task<void> {
  const printing = { flags: { ...ctx.flags, stateless: true }, env: ctx.types };
  const { merges, crash } = optimizeCmds(cmds);
  for (const { merged, rule } of merges) {
    yield* ctx.sys.write(STDERR, `Merging:\n${merged.map((r) => `${renderPlace(r.loc)}\n`).join("")}into:\n\t`);
    yield* ctx.sys.write(STDOUT, printRule(rule, printing));
    yield* ctx.sys.write(STDERR, "\n");
  }
  if (crash === null) return;
  yield* ctx.sys.write(STDERR, crash.text);
  ctx.sys.kill(ctx.sys.pid, crash.signal);
  yield* ctx.sys.sleep(0);
}

/** Errors of the parser do not keep nft from looking at the commands that it could read. */
function* runParsed(ctx: NftContext, parsed: readonly Cmd[], parseErrors: number): Task<boolean> {
  const cmds = collapseElements(parsed);
  if (!loadCache(ctx, cmds)) return false;
  if (!evaluateAll(ctx, cmds, parseErrors) || parseErrors > 0) return false;
  for (const cmd of cmds) if (!(yield* look(ctx, cmd))) return false;
  const { ok, echo, debug } = runCommands(ctx, cmds);
  if (debug !== "") yield* ctx.sys.write(STDOUT, debug);
  if (ctx.flags.echo && echo.length > 0) yield* ctx.sys.write(STDOUT, echoText(ctx, echo));
  return ok;
}

function evaluateAll(ctx: NftContext, cmds: readonly Cmd[], parseErrors: number): boolean {
  let errors = parseErrors;
  for (const cmd of cmds) {
    if (isKnownEvent(ctx, cmd) && evaluateCmd(ctx, cmd)) continue;
    errors++;
    if (errors >= MAX_ERRORS) return false;
  }
  return errors === 0 && !ctx.diags.some((diag) => diag.level === "Error");
}

/** `monitor new`, `monitor destroy`, or both. */
function isKnownEvent(ctx: NftContext, cmd: Cmd): boolean {
  if (cmd.op !== "monitor" || cmd.arg === null || cmd.arg.name === "new" || cmd.arg.name === "destroy") return true;
  ctx.diags.push({ level: "Error", text: `invalid event ${cmd.arg.name}`, at: [cmd.arg.loc] });
  return false;
}

/** Commands that list are answered before the transaction, out of what was read at the start. */
function* look(ctx: NftContext, cmd: Cmd): Task<boolean> {
  switch (cmd.op) {
    case "list":
    case "get":
    case "reset":
    case "describe":
      return yield* print(ctx, listWarnings(ctx, cmd), listCommand(ctx, cmd));
    case "monitor":
      return yield* monitor(ctx, cmd);
    case "import":
    case "export":
      return true;
    default:
      return true;
  }
}

function* print(ctx: NftContext, warnings: string, text: string | null): Task<boolean> {
  if (warnings !== "") yield* ctx.sys.write(STDERR, warnings);
  if (text === null) return false;
  if (text !== "") yield* ctx.sys.write(STDOUT, text);
  return true;
}
