import { parse } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { characters } from "../text/bytes.ts";
import { keyFromText, resolveName } from "../vars/assign.ts";
import { elementOf, keysOf, plainValue, type Variable, valuesOf } from "../vars/variable.ts";
import { optionLetters } from "../options.ts";
import type { Fields } from "./fields.ts";
import type { Param } from "./lower.ts";
import { applyOperation } from "./param-op.ts";
import { expandString, ifsOf } from "./word.ts";

/** What a parameter holds. A list is `$@`, `$*`, `${a[@]}` or `${a[*]}`. */
export type Value =
  | { readonly is: "unset" }
  | { readonly is: "one"; readonly text: string }
  | { readonly is: "list"; readonly items: readonly string[]; readonly star: boolean };

/** A parameter after its subscript was worked out. */
export interface Ref {
  readonly name: string;
  /** Element key. */
  readonly key?: string;
  /** `[@]` or `[*]`, or `$@` `$*`. */
  readonly all?: "@" | "*";
}

const UNSET: Value = { is: "unset" };
const one = (text: string | undefined): Value => (text === undefined ? UNSET : { is: "one", text });

/** Expands one parameter into fields. Answers true for an empty quoted list, which leaves no field. */
export function* emitParam(sh: Shell, param: Param, quoted: boolean, fields: Fields): Task<boolean> {
  if (param.prefix === undefined && param.op === undefined && param.index === undefined) {
    return emitValue(sh, checked(sh, param.name, valueOf(sh, plainRef(param.name))), quoted, fields);
  }
  const value = yield* expandParam(sh, param, quoted, fields);
  return value === undefined ? false : emitValue(sh, value, quoted, fields);
}

/** The value of any parameter expansion; undefined when the operation emitted its own pieces. */
function* expandParam(sh: Shell, param: Param, quoted: boolean, fields: Fields): Task<Value | undefined> {
  refuseBad(param);
  if (param.op?.type === "Names") return { is: "list", items: namesWithPrefix(sh, param.name), star: param.op.operator === "*" };
  const ref = yield* refOf(sh, param);
  if (param.prefix === "!" && ref.all !== undefined && param.op === undefined && param.index) return keysValue(sh, ref);
  const target = param.prefix === "!" ? yield* indirect(sh, ref, param) : ref;
  if (param.prefix === "#" && param.op === undefined) return one(String(lengthOf(sh, target)));
  if (!param.op) return checked(sh, shown(target), valueOf(sh, target));
  return yield* applyOperation(sh, target, param, valueOf(sh, target), quoted, fields);
}

function refuseBad(param: Param): void {
  const special = /^[-@*#?$!0-9]$|^\d+$/.test(param.name);
  if (param.op?.type === "Unknown" || param.name === "" || (!special && !/^\w+$/.test(param.name)) || /^\d+\D/.test(param.name)) {
    throw new Complaint(`${param.text}: bad substitution`);
  }
}

const plainRef = (name: string): Ref => (name === "@" || name === "*" ? { name, all: name } : { name });
const shown = (ref: Ref): string => (ref.key !== undefined ? `${ref.name}[${ref.key}]` : ref.all !== undefined && ref.name.length > 1 ? `${ref.name}[${ref.all}]` : ref.name);

function* refOf(sh: Shell, param: Param): Task<Ref> {
  if (!param.index) return plainRef(param.name);
  if (param.index.text === "@" || param.index.text === "*") return { name: param.name, all: param.index.text };
  const { name } = resolveName(sh, param.name);
  return { name, key: yield* subscriptToRead(sh, name, param.index) };
}

/** A subscript as a key of the array. */
export function* subscript(sh: Shell, name: string, index: NonNullable<Param["index"]>): Task<string> {
  const v = sh.vars.find(name);
  const text = yield* expandString(sh, index, v?.kind === "assoc" ? "word" : "dquote");
  if (text.trim() === "" && v?.kind !== "assoc") throw new Complaint(`${name}[${index.text}]: bad array subscript`);
  return keyFromText(sh, name, v, text);
}

/** Reading before the first element is told, and gives nothing. */
function* subscriptToRead(sh: Shell, name: string, index: NonNullable<Param["index"]>): Task<string> {
  try {
    return yield* subscript(sh, name, index);
  } catch (e) {
    if (!(e instanceof Complaint) || !e.message.endsWith("bad array subscript") || index.text.trim() === "") throw e;
    yield* sh.complain(`${name}: bad array subscript`);
    return "-1";
  }
}

/** `${!x}`: the parameter whose name is the value of x. */
function* indirect(sh: Shell, ref: Ref, param: Param): Task<Ref> {
  const v = ref.key === undefined ? sh.vars.find(ref.name) : undefined;
  if (v?.nameref && v.value && !param.op) return { name: "!", key: v.value };
  const value = valueOf(sh, ref);
  const text = value.is === "one" ? value.text : value.is === "list" ? value.items.join(" ") : undefined;
  if (text === undefined) {
    if (param.op?.type === "Default" || (v && param.op?.type === "Transform")) return { name: "!unset" };
    throw new Complaint(`${param.name}: invalid indirect expansion`);
  }
  const m = /^([A-Za-z_]\w*|[-@*#?$!]|\d+)(?:\[([\s\S]*)\])?$/.exec(text);
  if (!m?.[1]) throw new Complaint(`${text}: invalid variable name`);
  if (m[2] === undefined) return plainRef(m[1]);
  if (m[2] === "@" || m[2] === "*") return { name: m[1], all: m[2] };
  return { name: m[1], key: yield* keyFromSource(sh, m[1], m[2]) };
}

/** A subscript that comes as program text (`${!ref}`, `unset`): quotes and expansions in it count. */
export function* keyFromSource(sh: Shell, name: string, text: string): Task<string> {
  const target = resolveName(sh, name).name;
  const command = /[$`"'\\]/.test(text) ? parse(`x[${text}]=`).commands[0]?.command : undefined;
  const first = command?.type === "Command" ? command.prefix[0] : undefined;
  if (first?.type === "Assignment" && first.index) return yield* subscript(sh, target, first.index);
  return keyFromText(sh, target, sh.vars.find(target), text);
}

/** The value behind a reference, without side effects. */
export function valueOf(sh: Shell, ref: Ref): Value {
  if (ref.name === "!" && ref.key !== undefined) return one(ref.key);
  if (ref.all !== undefined && ref.name === ref.all) return { is: "list", items: sh.args, star: ref.all === "*" };
  const special = specialParameter(sh, ref.name);
  if (special !== null) return special === undefined ? UNSET : one(special);
  const target = resolveName(sh, ref.name);
  const v = sh.vars.find(target.name);
  if (ref.all !== undefined) return { is: "list", items: v ? valuesOf(v) : [], star: ref.all === "*" };
  if (!v) return UNSET;
  if (ref.key !== undefined) return one(elementOf(v, ref.key));
  return target.subscript === undefined ? one(plainValue(v)) : referredElement(sh, target.name, v, target.subscript);
}

function referredElement(sh: Shell, name: string, v: Variable, text: string): Value {
  if (text === "@" || text === "*") return { is: "list", items: valuesOf(v), star: text === "*" };
  return one(elementOf(v, keyFromText(sh, name, v, text)));
}

/** `$1 $# $? …`; null when the name is a variable's. */
function specialParameter(sh: Shell, name: string): string | undefined | null {
  const c = name.charCodeAt(0);
  if (c >= 48 && c <= 57) return name === "0" ? sh.name : sh.args[Number(name) - 1];
  switch (name) {
    case "?": return String(sh.status);
    case "#": return String(sh.args.length);
    case "$": return String(sh.mainPid);
    case "!": return sh.lastAsyncPid === undefined ? undefined : String(sh.lastAsyncPid);
    case "-": return optionLetters(sh);
    default: return null;
  }
}

/** `set -u`. */
export function checked(sh: Shell, name: string, value: Value): Value {
  if (!sh.on("nounset") || value.is === "one") return value;
  if (value.is === "unset") throw new Complaint(`${/^\w*$/.test(name) && !/^\d/.test(name) || name.includes("[") ? "" : "$"}${name}: unbound variable`, "exit", 127);
  return value;
}

function keysValue(sh: Shell, ref: Ref): Value {
  const v = sh.vars.find(resolveName(sh, ref.name).name);
  return { is: "list", items: v ? keysOf(v) : [], star: ref.all === "*" };
}

function namesWithPrefix(sh: Shell, prefix: string): string[] {
  return [...sh.vars.all()].filter(([name, v]) => name.startsWith(prefix) && (v.assigned || keysOf(v).length > 0)).map(([name]) => name).sort();
}

function lengthOf(sh: Shell, ref: Ref): number {
  const value = checked(sh, shown(ref), valueOf(sh, ref));
  if (value.is === "list") return value.items.length;
  return value.is === "one" ? characters(value.text).length : 0;
}

function emitValue(sh: Shell, value: Value, quoted: boolean, fields: Fields): boolean {
  if (value.is === "unset") return false;
  if (value.is === "list") return emitList(sh, value.items, value.star, quoted, fields);
  if (quoted) fields.quoted(value.text);
  else fields.expansion(value.text);
  return false;
}

/** The character that joins `"$*"`. */
export const joiner = (sh: Shell): string => characters(ifsOf(sh))[0] ?? "";

function emitList(sh: Shell, items: readonly string[], star: boolean, quoted: boolean, fields: Fields): boolean {
  if (!fields.splits || (quoted && star)) {
    const text = items.join(star ? joiner(sh) : " ");
    if (quoted) fields.quoted(text);
    else fields.expansion(text);
    return false;
  }
  items.forEach((item, i) => {
    if (i > 0) fields.next();
    if (!quoted) return fields.expansion(item);
    fields.quoted(item);
    fields.open();
  });
  return quoted && items.length === 0;
}
