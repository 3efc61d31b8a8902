import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import { keyFromSource } from "../expand/param.ts";
import { type Given, giveElements } from "../interp/arguments.ts";
import { plainWord, type Argument } from "../interp/simple.ts";
import { printFunction } from "../print.ts";
import type { Shell } from "../state.ts";
import { assign, findVariable, keyFromText, parseReference, resolveName, unsetPlace } from "../vars/assign.ts";
import { declareLine, setLine } from "../vars/describe.ts";
import { copyVariable, scalar, toArray, type Variable } from "../vars/variable.ts";
import { failWith, output } from "./options.ts";

interface Flags {
  readonly on: ReadonlySet<string>;
  readonly off: ReadonlySet<string>;
}

interface Call {
  readonly name: string;
  readonly flags: Flags;
  readonly words: readonly Given[];
  readonly bad: readonly string[];
}

const USAGE: Readonly<Record<string, string>> = {
  declare: "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
  typeset: "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
  local: "local [option] name[=value] ...",
  export: "export [-fn] [name[=value] ...] or export -p",
  readonly: "readonly [-aAf] [name[=value] ...] or readonly -p",
};

/** Options (`-x`, `+x`) and names; null when an option is unknown, which was told. */
function* parseCall(sh: Shell, args: readonly Argument[], name: string, letters: string): Task<Call | null> {
  const on = new Set<string>();
  const off = new Set<string>();
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg !== "string" || !/^[-+]./.test(arg)) break;
    if (arg === "--") { i++; break; }
    for (const letter of arg.slice(1)) {
      if (!letters.includes(letter)) {
        yield* sh.complain(`${name}: ${arg[0] ?? ""}${letter}: invalid option`);
        yield* sh.write(2, `${name}: usage: ${USAGE[name] ?? ""}\n`);
        return null;
      }
      (arg.startsWith("-") ? on : off).add(letter);
    }
  }
  const words: Given[] = [];
  const bad: string[] = [];
  for (const arg of args.slice(i)) {
    const given = typeof arg === "string" ? parseGiven(arg) : arg;
    if (given) words.push(given);
    else bad.push(plainWord(arg));
  }
  return { name, flags: { on, off }, words, bad };
}

/** A word such as `x`, `x=1`, `a[2]+=y`; null when it names nothing. `append` undefined value = no value. */
function parseGiven(text: string): Given | null {
  const m = /^([A-Za-z_]\w*)(?:\[([\s\S]*?)\])?(?:(\+?)=([\s\S]*))?$/.exec(text);
  if (!m) return null;
  return { name: m[1] ?? "", subscript: m[2], append: m[3] === "+", value: m[4] ?? NO_VALUE };
}

/** Stands for "no value was given"; compared by identity. */
const NO_VALUE: readonly never[] = Object.freeze([]);
const hasNoValue = (g: Given): boolean => g.value === NO_VALUE;

export function* declare(sh: Shell, args: readonly Argument[], name: string): Task<number> {
  const call = yield* parseCall(sh, args, name, "aAfFgiIlnprtuxc");
  if (!call) return 2;
  const { on } = call.flags;
  if (on.has("f") || on.has("F")) return yield* functionsOf(sh, call);
  if (on.has("p") || (call.words.length === 0 && call.bad.length === 0)) return yield* listVariables(sh, call);
  const where = on.has("g") ? "global" : sh.vars.inFunction ? "local" : "here";
  return yield* declareAll(sh, call, where);
}

export function* local(sh: Shell, args: readonly Argument[]): Task<number> {
  if (!sh.vars.inFunction) return yield* failWith(sh, "local: can only be used in a function");
  const call = yield* parseCall(sh, args.filter((a) => a !== "-"), "local", "aAfFgiIlnprtuxc");
  if (!call) return 2;
  if (args.length === 0 || call.flags.on.has("p")) {
    const lines = [...(sh.vars.local?.vars ?? [])].sort(byName).map(([name, v]) => declareLine(name, v) + "\n");
    return yield* output(sh, "local", lines.join(""));
  }
  return yield* declareAll(sh, call, "local");
}

export function* exportBuiltin(sh: Shell, args: readonly Argument[]): Task<number> {
  const call = yield* parseCall(sh, args, "export", "fnp");
  if (!call) return 2;
  if (call.flags.on.has("f")) return 0;
  if (call.words.length === 0 && call.bad.length === 0) return yield* output(sh, "export", listed(sh, (v) => v.exported));
  const remove = call.flags.on.has("n");
  return yield* attributeEach(sh, call, (v) => { v.exported = !remove; });
}

export function* readonlyBuiltin(sh: Shell, args: readonly Argument[]): Task<number> {
  const call = yield* parseCall(sh, args, "readonly", "aAfp");
  if (!call) return 2;
  if (call.flags.on.has("f")) return 0;
  if (call.words.length === 0 && call.bad.length === 0) return yield* output(sh, "readonly", listed(sh, (v) => v.readonly));
  return yield* attributeEach(sh, call, (v) => {
    v.readonly = true;
  });
}

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);

function listed(sh: Shell, keep: (v: Variable) => boolean): string {
  return [...sh.vars.all()].filter(([, v]) => keep(v)).sort(byName).map(([name, v]) => declareLine(name, v) + "\n").join("");
}

function* complainBad(sh: Shell, call: Call): Task<number> {
  for (const word of call.bad) yield* sh.complain(`${call.name}: \`${word}': not a valid identifier`);
  return call.bad.length > 0 ? 1 : 0;
}

function* attributeEach(sh: Shell, call: Call, change: (v: Variable) => void): Task<number> {
  let status = yield* complainBad(sh, call);
  for (const g of call.words) {
    try {
      const { name } = resolveName(sh, g.name);
      const assoc = call.flags.on.has("A");
      if (!hasNoValue(g)) giveTo(sh, g, asArray(call, sh.vars.find(name) ?? freshVariable(sh, name, assoc)));
      change(sh.vars.find(name) ?? freshVariable(sh, name, false));
    } catch (e) {
      if (!(e instanceof Complaint)) throw e;
      yield* sh.complain(e.message);
      status = 1;
    }
  }
  return status;
}

/** `readonly -a x=…`; without a value bash leaves the kind alone. */
function asArray(call: Call, v: Variable): Variable {
  if (call.flags.on.has("a")) toArray(v, "indexed");
  if (call.flags.on.has("A")) toArray(v, "assoc");
  return v;
}

function freshVariable(sh: Shell, name: string, assoc: boolean): Variable {
  const v = scalar(undefined);
  if (assoc) v.kind = "assoc";
  sh.vars.define(name, v);
  return v;
}

function* declareAll(sh: Shell, call: Call, where: "here" | "local" | "global"): Task<number> {
  let status = yield* complainBad(sh, call);
  for (const g of call.words) {
    try {
      declareOne(sh, call, g, where);
    } catch (e) {
      if (!(e instanceof Complaint)) throw e;
      yield* sh.complain(e.message.startsWith(`${call.name}:`) || !/readonly variable|reference/.test(e.message) ? e.message : `${call.name}: ${e.message}`);
      status = 1;
    }
  }
  return status;
}

function declareOne(sh: Shell, call: Call, g: Given, where: "here" | "local" | "global"): void {
  const { on, off } = call.flags;
  const name = on.has("n") || off.has("n") ? g.name : where === "local" ? g.name : resolveName(sh, g.name).name;
  const v = variableFor(sh, name, where, on);
  if (v.readonly && (!hasNoValue(g) || off.has("r"))) throw new Complaint(`${call.name}: ${name}: readonly variable`, "fail");
  if (on.has("A") && v.kind === "indexed") throw new Complaint(`${call.name}: ${name}: cannot convert indexed to associative array`, "fail");
  if (on.has("a") && v.kind === "assoc") throw new Complaint(`${call.name}: ${name}: cannot convert associative to indexed array`, "fail");
  if (on.has("n")) return declareReference(call, v, g);
  if (off.has("n")) v.nameref = false;
  if (on.has("A")) toArray(v, "assoc");
  else if (on.has("a") || (g.subscript !== undefined && v.kind === "scalar" && !v.nameref)) toArray(v, "indexed");
  attributes(v, call.flags);
  if (!hasNoValue(g)) giveTo(sh, g, v);
  if (on.has("r")) v.readonly = true;
}

function declareReference(call: Call, v: Variable, g: Given): void {
  v.nameref = true;
  if (typeof g.value !== "string") return;
  if (!parseReference(g.value)) throw new Complaint(`${call.name}: \`${g.value}': invalid variable name for name reference`, "fail");
  if (g.value === g.name) throw new Complaint(`${call.name}: ${g.name}: nameref variable self references not allowed`, "fail");
  v.value = g.value;
  if (call.flags.on.has("r")) v.readonly = true;
}

/** The variable a declaration is about, made when missing. */
function variableFor(sh: Shell, name: string, where: "here" | "local" | "global", on: ReadonlySet<string>): Variable {
  const map = where === "local" ? sh.vars.local?.vars : where === "global" ? sh.vars.global.vars : undefined;
  const found = map ? map.get(name) : sh.vars.find(name);
  if (found) return found;
  const outer = where === "local" ? sh.vars.find(name) : undefined;
  if (outer?.readonly) throw new Complaint(`local: ${name}: readonly variable`, "fail");
  const inherit = outer && (on.has("I") || sh.shopt.has("localvar_inherit") || temporaryOf(sh, name) === outer);
  const v = inherit && outer ? copyVariable(outer) : scalar(undefined);
  if (outer?.exported) v.exported = true;
  if (map) map.set(name, v);
  else sh.vars.define(name, v);
  return v;
}

/** `x=1 f`: a local of the same name in f starts with that value. */
const temporaryOf = (sh: Shell, name: string): Variable | undefined => sh.vars.temporary(name);

function attributes(v: Variable, { on, off }: Flags): void {
  if (on.has("i")) v.integer = true;
  if (off.has("i")) v.integer = false;
  if (on.has("x")) v.exported = true;
  if (off.has("x")) v.exported = false;
  if (on.has("t")) v.trace = true;
  if (on.has("u")) v.fold = on.has("l") ? "" : "upper";
  else if (on.has("l")) v.fold = "lower";
  else if (on.has("c")) v.fold = "capital";
  if (off.has("u") || off.has("l") || off.has("c")) v.fold = "";
}

/** Gives a value to this very variable, which may be hidden by none or hide others. */
function giveTo(sh: Shell, g: Given, v: Variable): void {
  if (v.readonly) throw new Complaint(`${g.name}: readonly variable`, "fail");
  if (typeof g.value !== "string") return giveElements(sh, g.name, v, g.value, g.append);
  if (v !== findVariable(sh, g.name)) {
    const map = sh.vars.global.vars.get(g.name) === v ? sh.vars.global.vars : undefined;
    if (!map) throw new Complaint(`${g.name}: cannot assign`, "fail");
    v.value = g.append ? (v.value ?? "") + g.value : g.value;
    return;
  }
  const compound = /^\(([\s\S]*)\)$/.exec(g.value);
  if (compound && v.kind !== "scalar" && g.subscript === undefined) return giveElements(sh, g.name, v, splitCompound(compound[1] ?? ""), g.append);
  const key = g.subscript === undefined ? undefined : keyFromText(sh, g.name, v, g.subscript);
  assign(sh, g.name, g.value, { append: g.append, ...(key === undefined ? {} : { key }) });
}

/** `declare -a "a=(1 2)"`: the words inside, blanks apart. */
const splitCompound = (text: string): { key: string | undefined; append: boolean; value: string }[] =>
  text.split(/\s+/).filter((w) => w !== "").map((w) => {
    const m = /^\[([^\]]*)\](\+?)=([\s\S]*)$/.exec(w);
    const bare = (s: string): string => s.replace(/^(["'])([\s\S]*)\1$/, "$2");
    return m ? { key: bare(m[1] ?? ""), append: m[2] === "+", value: bare(m[3] ?? "") } : { key: undefined, append: false, value: bare(w) };
  });

function* listVariables(sh: Shell, call: Call): Task<number> {
  const { on } = call.flags;
  if (call.words.length > 0 || call.bad.length > 0) return yield* listNamed(sh, call);
  const wanted = (v: Variable): boolean => (!on.has("a") || v.kind === "indexed") && (!on.has("A") || v.kind === "assoc") && (!on.has("x") || v.exported)
    && (!on.has("r") || v.readonly) && (!on.has("i") || v.integer) && (!on.has("n") || v.nameref);
  if (on.has("p") || [..."aAxrin"].some((l) => on.has(l))) return yield* output(sh, call.name, listed(sh, wanted));
  const lines = [...sh.vars.all()].sort(byName).flatMap(([name, v]) => setLine(name, v) ?? []);
  return yield* output(sh, call.name, lines.map((l) => l + "\n").join("") + allFunctions(sh));
}

function* listNamed(sh: Shell, call: Call): Task<number> {
  let status = 0;
  for (const name of [...call.words.map((w) => w.name), ...call.bad]) {
    const v = sh.vars.find(name);
    if (v) yield* output(sh, call.name, declareLine(name, v) + "\n");
    else status = yield* failWith(sh, `${call.name}: ${name}: not found`);
  }
  return status;
}

export function allFunctions(sh: Shell): string {
  return [...sh.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((f) => printFunction(f.name, f.body, f.source.text) + "\n").join("");
}

function* functionsOf(sh: Shell, call: Call): Task<number> {
  const bare = call.flags.on.has("F");
  const names = [...call.words.map((w) => w.name), ...call.bad];
  if (names.length === 0) {
    const lines = [...sh.functions.keys()].sort().map((n) => `declare -f ${n}\n`).join("");
    return yield* output(sh, call.name, bare ? lines : allFunctions(sh));
  }
  let status = 0;
  for (const name of names) {
    const f = sh.functions.get(name);
    if (!f) status = 1;
    else yield* output(sh, call.name, bare ? (sh.shopt.has("extdebug") ? `${name} ${f.line} ${f.file}\n` : `${name}\n`) : printFunction(name, f.body, f.source.text) + "\n");
  }
  return status;
}

/** `unset [-fvn] names`. */
export function* unset(sh: Shell, args: readonly string[]): Task<number> {
  const flags = args.filter((a) => /^-[fvn]+$/.test(a)).join("");
  const names = args.filter((a) => !/^-[fvn]+$/.test(a) && a !== "--");
  const unknown = names.find((n) => n.startsWith("-"));
  if (unknown !== undefined) {
    yield* sh.complain(`unset: ${unknown.slice(0, 2)}: invalid option`);
    yield* sh.write(2, "unset: usage: unset [-f] [-v] [-n] [name ...]\n");
    return 2;
  }
  let status = 0;
  for (const name of names) status = (yield* unsetOne(sh, name, flags)) || status;
  return status;
}

function* unsetOne(sh: Shell, text: string, flags: string): Task<number> {
  if (flags.includes("f")) {
    sh.functions.delete(text);
    return 0;
  }
  const at = parseReference(text);
  if (!at) {
    if (flags.includes("v") || text === "") return yield* failWith(sh, `unset: \`${text}': not a valid identifier`);
    sh.functions.delete(text);
    return 0;
  }
  const name = flags.includes("n") ? at.name : resolveName(sh, at.name).name;
  const v = sh.vars.find(name);
  if (!v && !flags.includes("v")) sh.functions.delete(text);
  if (v?.readonly) return yield* failWith(sh, `unset: ${name}: cannot unset: readonly variable`);
  const subscript = at.subscript ?? resolveName(sh, at.name).subscript;
  if (subscript === undefined || flags.includes("n")) unsetPlace(sh, { name });
  else if (v && (subscript === "@" || subscript === "*") && v.kind !== "assoc") unsetPlace(sh, { name });
  else if (v?.kind === "scalar" && !/^0+$/.test(subscript)) return yield* failWith(sh, `unset: ${name}: not an array variable`);
  else if (v) unsetPlace(sh, { name, key: yield* keyFromSource(sh, name, subscript) });
  return 0;
}

