import type { ParameterOperation, Word } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { characters } from "../text/bytes.ts";
import { assign, resolveName } from "../vars/assign.ts";
import { lastIndex } from "../vars/variable.ts";
import type { Fields } from "./fields.ts";
import type { Context, Param } from "./lower.ts";
import type { Pattern, PatternOptions } from "./pattern.ts";
import { checked, joiner, type Ref, type Value, valueOf } from "./param.ts";
import { changeCase, removeMatch, replaceMatch } from "./param-text.ts";
import { expandTildes } from "./tilde.ts";
import { transform } from "./transform.ts";
import { arithmetic, emit, expandPattern, expandString, piecesToField } from "./word.ts";

const one = (text: string): Value => ({ is: "one", text });

/** `${x<op>…}`. Undefined when the operand was emitted into the fields itself. */
export function* applyOperation(sh: Shell, ref: Ref, param: Param, value: Value, quoted: boolean, fields: Fields): Task<Value | undefined> {
  const op = param.op;
  if (!op) return value;
  if (op.type === "Default") return yield* applyDefault(sh, ref, param, op, value, quoted, fields);
  if (op.type === "Transform") return yield* transform(sh, ref, (yield* expandString(sh, op.operand)), value, param);
  const set = checked(sh, param.name, value);
  switch (op.type) {
    case "Remove": return each(set, remover(op.operator, yield* patternOf(sh, op.operand)));
    case "Replace": return each(set, yield* replacer(sh, op));
    case "CaseModification": {
      const pattern = op.operand && op.operand.text !== "" ? yield* patternOf(sh, op.operand) : undefined;
      return each(set, (text) => changeCase(text, op.operator, pattern));
    }
    case "Slice": return yield* slice(sh, ref, op, set);
    default: throw new Complaint(`${param.text}: bad substitution`);
  }
}

function each(value: Value, change: (text: string) => string): Value {
  if (value.is === "unset") return value;
  return value.is === "one" ? one(change(value.text)) : { ...value, items: value.items.map(change) };
}

export const patternOptions = (sh: Shell, extended = true): PatternOptions => ({ extended, ignoreCase: sh.shopt.has("nocasematch") });

function* patternOf(sh: Shell, word: Word): Task<Pattern> {
  return sh.patterns.get(yield* expandPattern(sh, word), { extended: sh.shopt.has("extglob") });
}

function remover(operator: "#" | "##" | "%" | "%%", pattern: Pattern): (text: string) => string {
  return (text) => removeMatch(text, pattern, operator);
}

function* replacer(sh: Shell, op: Extract<ParameterOperation, { type: "Replace" }>): Task<(text: string) => string> {
  const source = yield* expandPattern(sh, op.pattern);
  const pattern = sh.patterns.get(source, { extended: sh.shopt.has("extglob"), ignoreCase: sh.shopt.has("nocasematch") });
  const field = yield* piecesToField(sh, sh.lowering.word(op.replacement));
  const replacement = sh.shopt.has("patsub_replacement") && field.text.includes("&") ? field.pattern : undefined;
  return (text) => (source === "" && op.operator.length === 1 ? text : source === "" && op.operator === "//" ? text : replaceMatch(text, pattern, op.operator, { plain: field.text, withMatch: replacement }));
}

function* applyDefault(
  sh: Shell, ref: Ref, param: Param, op: Extract<ParameterOperation, { type: "Default" }>, value: Value, quoted: boolean, fields: Fields,
): Task<Value | undefined> {
  const colon = op.operator.startsWith(":");
  const missing = isMissing(sh, value, colon, param.prefix === "!");
  const kind = op.operator.slice(-1);
  if (kind === "+") return missing ? undefined : yield* emitOperand(sh, op.operand, quoted, fields);
  if (!missing) return value;
  if (kind === "-") return yield* emitOperand(sh, op.operand, quoted, fields);
  const text = yield* expandString(sh, op.operand, operandContext(quoted));
  if (kind === "=") return assignDefault(sh, ref, text);
  const why = text !== "" ? text : colon ? "parameter null or not set" : "parameter not set";
  throw new Complaint(`${param.name}${param.index ? `[${param.index.text}]` : ""}: ${why}`, "exit", 127);
}

function isMissing(sh: Shell, value: Value, orNull: boolean, indirect: boolean): boolean {
  if (value.is === "unset") return true;
  if (value.is === "list") return value.items.length === 0 || (orNull && !indirect && value.items.join(value.star ? joiner(sh) : " ") === "");
  return orNull && value.text === "";
}

const operandContext = (quoted: boolean): Context => (quoted ? "operand" : "word");

function* emitOperand(sh: Shell, operand: Word, quoted: boolean, fields: Fields): Task<undefined> {
  const pieces = sh.lowering.word(operand, operandContext(quoted));
  if (quoted) {
    yield* emit(sh, pieces, fields, true);
    return undefined;
  }
  yield* emit(sh, expandTildes(sh, pieces, "word"), fields, true);
  return undefined;
}

function assignDefault(sh: Shell, ref: Ref, text: string): Value {
  if (!/^[A-Za-z_]/.test(ref.name)) throw new Complaint(`$${ref.name}: cannot assign in this way`);
  assign(sh, ref.name, text, ref.key === undefined ? {} : { key: ref.key });
  return valueOf(sh, ref);
}

function* slice(sh: Shell, ref: Ref, op: Extract<ParameterOperation, { type: "Slice" }>, value: Value): Task<Value> {
  const offset = Number(yield* arithmetic(sh, op.offset.text));
  const length = op.length === undefined ? undefined : Number(yield* arithmetic(sh, op.length.text));
  if (value.is === "list") return { ...value, items: sliceList(sh, ref, value.items, offset, length) };
  const chars = characters(value.is === "one" ? value.text : "");
  const from = offset < 0 ? chars.length + offset : offset;
  if (from < 0 || from > chars.length) return value.is === "one" ? one("") : value;
  const to = length === undefined ? chars.length : length < 0 ? chars.length + length : from + length;
  if (to < from) throw new Complaint(`${op.length?.text ?? ""}: substring expression < 0`);
  return one(chars.slice(from, to).join(""));
}

/** `${@:1:2}` counts from `$0`; `${a[@]:1:2}` counts from an index. */
function sliceList(sh: Shell, ref: Ref, items: readonly string[], offset: number, length: number | undefined): readonly string[] {
  if (length !== undefined && length < 0) throw new Complaint(`${length}: substring expression < 0`);
  if (ref.name === "@" || ref.name === "*") return slicePositional(sh, items, offset, length);
  const v = sh.vars.find(resolveName(sh, ref.name).name);
  if (v?.kind !== "indexed" || v.dynamic) return items.slice(offset < 0 ? items.length + offset : offset, length === undefined ? undefined : offset + length);
  const from = offset < 0 ? lastIndex(v) + 1 + offset : offset;
  if (from < 0) return [];
  const rest = [...v.items].filter(([key]) => Number(key) >= from).map(([, item]) => item);
  return rest.slice(0, length);
}

function slicePositional(sh: Shell, items: readonly string[], offset: number, length: number | undefined): readonly string[] {
  const all = offset === 0 ? [sh.name, ...items] : items;
  const from = offset < 0 ? items.length + 1 + offset - 1 : offset === 0 ? 0 : offset - 1;
  if (from < 0) return [];
  return all.slice(from, length === undefined ? undefined : from + length);
}

