import type { Assignment, Command } from "unbash";
import type { Task } from "../../os/sys.ts";
import { expandBraces } from "../expand/brace.ts";
import { lowerArray } from "../expand/lower.ts";
import { subscript } from "../expand/param.ts";
import { expandAssigned, expandPieces, expandString, piecesToField } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { Complaint } from "../control.ts";
import { assign, cooked, keyFromText, resolveName, writable } from "../vars/assign.ts";
import { lastIndex, setElement, toArray, type Variable } from "../vars/variable.ts";

/** `(…)` after expansion. A key is text: what it means depends on the array. */
export interface Element {
  readonly key: string | undefined;
  readonly append: boolean;
  readonly value: string;
}

/** An assignment after expansion. */
export interface Given {
  readonly name: string;
  readonly subscript: string | undefined;
  readonly append: boolean;
  readonly value: string | readonly Element[];
}

/** Expands the value side; the subscript too. */
export function* expandAssignment(sh: Shell, node: Assignment): Task<Given> {
  const { name } = node;
  const value = node.value.type === "Word"
    ? yield* expandAssigned(sh, sh.lowering.word(node.value))
    : yield* expandElements(sh, node);
  const index = node.index ? yield* indexText(sh, name, node) : undefined;
  return { name, subscript: index, append: node.append === true, value };
}

function* indexText(sh: Shell, name: string, node: Assignment): Task<string | undefined> {
  if (!node.index) return undefined;
  if (node.index.text === "") throw new Complaint(`${name}[]: bad array subscript`);
  const target = resolveName(sh, name).name;
  if (sh.vars.find(target)?.kind === "assoc") return yield* expandString(sh, node.index);
  return yield* subscript(sh, target, node.index);
}

function* expandElements(sh: Shell, node: Assignment): Task<readonly Element[]> {
  if (node.value.type !== "ArrayValue") return [];
  const isAssoc = sh.vars.find(resolveName(sh, node.name).name)?.kind === "assoc";
  const out: Element[] = [];
  for (const e of lowerArray(node.value, sh.lowering)) {
    if (e.key !== undefined && (isAssoc || expandBraces(e.whole).length === 1)) {
      const key = (yield* piecesToField(sh, e.key)).text;
      out.push({ key, append: e.append, value: yield* expandAssigned(sh, e.value) });
      continue;
    }
    const values: string[] = [];
    yield* expandPieces(sh, e.whole, values);
    for (const value of values) out.push({ key: undefined, append: false, value });
  }
  return out;
}

/** Carries an assignment out on the variable that is visible. */
export function give(sh: Shell, given: Given): void {
  if (typeof given.value === "string") return giveString(sh, given, given.value);
  if (given.subscript !== undefined) throw new Complaint(`${given.name}[${given.subscript}]: cannot assign list to array member`);
  const { name } = resolveName(sh, given.name);
  const v = writable(sh, name);
  giveElements(sh, name, v, given.value, given.append);
  if (sh.on("allexport")) v.exported = true;
}

function giveString(sh: Shell, given: Given, value: string): void {
  if (given.subscript === undefined) assign(sh, given.name, value, { append: given.append });
  else {
    const { name, subscript: element } = resolveName(sh, given.name);
    if (element !== undefined) throw new Complaint(`\`${name}[${element}]': not a valid identifier`, "fail");
    const key = keyFromText(sh, name, sh.vars.find(name), given.subscript);
    assign(sh, given.name, value, { key, append: given.append });
  }
}

/** `v=(…)` or `v+=(…)`. */
export function giveElements(sh: Shell, name: string, v: Variable, elements: readonly Element[], append: boolean): void {
  if (v.kind === "scalar") toArray(v, "indexed");
  if (!append) v.items.clear();
  v.assigned = true;
  if (v.kind === "assoc") return giveAssoc(sh, name, v, elements);
  let next = lastIndex(v) + 1;
  for (const e of elements) {
    const index = e.key === undefined ? next : Number(keyFromText(sh, name, v, e.key));
    const before = e.append ? v.items.get(String(index)) ?? "" : "";
    setElement(v, String(index), cooked(sh, v, before + e.value));
    next = index + 1;
  }
}

/** Without `[key]=`, words are taken in pairs: `(k1 v1 k2 v2)`. */
function giveAssoc(sh: Shell, name: string, v: Variable, elements: readonly Element[]): void {
  for (let i = 0; i < elements.length; i++) {
    const e = elements[i];
    if (!e) continue;
    if (e.key === undefined && elements.some((x) => x.key !== undefined)) throw new Complaint(`${name}: ${e.value}: must use subscript when assigning associative array`, "fail");
    const [key, value] = e.key === undefined ? [e.value, elements[++i]?.value ?? ""] : [e.key, e.value];
    if (key === "") throw new Complaint(`[${key}]=${value}: bad array subscript`, "fail");
    setElement(v, key, cooked(sh, v, (e.append ? v.items.get(key) ?? "" : "") + value));
  }
}

/** Whether a command's arguments are assignments that are kept as such (`declare a=(…)`). */
export const assignmentsOf = (node: Command): Assignment[] => node.prefix.filter((p): p is Assignment => p.type === "Assignment");
