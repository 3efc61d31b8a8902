import { Complaint } from "../control.ts";
import { evaluate } from "../arith/evaluate.ts";
import type { Shell } from "../state.ts";
import {
  elementOf, keysOf, lastIndex, plainValue, scalar, setElement, toArray, type Variable,
} from "./variable.ts";

export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
export const isName = (text: string): boolean => IDENTIFIER.test(text);

/** A variable or one of its elements. `key` is evaluated: a decimal index or an associative key. */
export interface Place {
  readonly name: string;
  readonly key?: string;
}

/** Splits `a[sub]` into its parts; null when the text is no such reference. */
export function parseReference(text: string): { readonly name: string; readonly subscript?: string } | null {
  const m = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([\s\S]+)\])?$/.exec(text);
  if (!m) return null;
  return m[2] === undefined ? { name: m[1] ?? "" } : { name: m[1] ?? "", subscript: m[2] };
}

/** Follows `declare -n` references; a reference may name an element. */
export function resolveName(sh: Shell, name: string): { readonly name: string; readonly subscript?: string } {
  let at: { readonly name: string; readonly subscript?: string } = { name };
  for (let hops = 0; hops < 8; hops++) {
    const v = sh.vars.find(at.name);
    if (!v?.nameref || !v.value || at.subscript !== undefined) return at;
    const next = parseReference(v.value);
    if (!next || next.name === at.name) return at;
    at = next;
  }
  return { name: "" };
}

/** The variable behind a name, nameref followed. */
export function findVariable(sh: Shell, name: string): Variable | undefined {
  return sh.vars.find(resolveName(sh, name).name);
}

/** Turns subscript text into a key: arithmetic for indexed arrays, the text itself for associative ones. */
export function keyFromText(sh: Shell, name: string, v: Variable | undefined, text: string): string {
  if (v?.kind === "assoc") return text;
  const index = Number(evaluate(sh, text));
  if (index >= 0) return String(index);
  const fromEnd = (v ? lastIndex(v) : -1) + 1 + index;
  if (fromEnd < 0) throw new Complaint(`${name}[${text}]: bad array subscript`);
  return String(fromEnd);
}

/** What `declare -i -u -l` make of a value. */
export function cooked(sh: Shell, v: Variable, value: string): string {
  if (v.integer) return String(evaluate(sh, value));
  if (v.fold === "upper") return value.toUpperCase();
  if (v.fold === "lower") return value.toLowerCase();
  return v.fold === "capital" ? value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase() : value;
}

/** Assigns to a variable or element, as `name=value`, `name[key]=value` or with `+=`. Throws a Complaint on readonly. */
export function assign(sh: Shell, name: string, value: string, options: { key?: string; append?: boolean } = {}): Variable {
  const target = options.key === undefined ? resolveName(sh, name) : { name: resolveName(sh, name).name };
  if (target.name === "") throw new Complaint(`${name}: circular name reference`, "fail");
  const v = writable(sh, target.name);
  const key = options.key ?? (target.subscript === undefined ? undefined : keyFromText(sh, target.name, v, target.subscript));
  if (v.nameref && !v.value) {
    if (!parseReference(value)) throw new Complaint(`\`${value}': invalid variable name for name reference`, "fail");
    v.value = value;
    return v;
  }
  store(sh, v, key, value, options.append === true);
  if (sh.on("allexport")) v.exported = true;
  afterAssignment(sh, target.name);
  return v;
}

function store(sh: Shell, v: Variable, key: string | undefined, value: string, append: boolean): void {
  if (v.dynamic) return v.dynamic.set?.(value);
  const old = append ? ((key === undefined ? plainValue(v) : elementOf(v, key)) ?? "") : "";
  const next = append && v.integer ? String(BigInt.asIntN(64, BigInt(evaluate(sh, old || "0")) + BigInt(evaluate(sh, value)))) : cooked(sh, v, old + value);
  if (key === undefined && v.kind === "scalar") v.value = next;
  else {
    if (v.kind === "scalar") toArray(v, "indexed");
    setElement(v, key ?? "0", next);
  }
}

/** The variable to write to, created when missing. */
export function writable(sh: Shell, name: string): Variable {
  const found = sh.vars.find(name);
  if (found?.readonly) throw new Complaint(`${name}: readonly variable`);
  if (found) return found;
  const fresh = scalar(undefined);
  sh.vars.define(name, fresh);
  return fresh;
}

/** Replaces all elements: `a=(…)`. Values are already expanded; keys are evaluated. */
export function assignItems(sh: Shell, v: Variable, items: readonly (readonly [key: string, value: string, append: boolean])[]): void {
  for (const [key, value, append] of items) store(sh, v, key, value, append);
  v.assigned = true;
}

/** Things that follow an assignment: PATH forgets the hash table, OPTIND restarts getopts. */
function afterAssignment(sh: Shell, name: string): void {
  if (name === "PATH") sh.hash.clear();
  if (name === "OPTIND") sh.getopts = { argument: Number.parseInt(sh.get("OPTIND") ?? "1", 10) || 1, offset: 1 };
  if (name === "POSIXLY_CORRECT") sh.setOption("posix", true);
}

/** Removes a variable or element. False when it is readonly. */
export function unsetPlace(sh: Shell, place: Place): boolean {
  const v = sh.vars.find(place.name);
  if (!v) return true;
  if (v.readonly) return false;
  if (place.key === undefined) sh.vars.remove(place.name);
  else if (v.kind === "scalar") sh.vars.remove(place.name);
  else v.items.delete(place.key);
  return true;
}

export const hasValue = (v: Variable): boolean => keysOf(v).length > 0;
