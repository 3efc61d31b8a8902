import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import { promptText } from "./prompt.ts";
import type { Shell } from "../state.ts";
import { decodeEscapes } from "../text/escapes.ts";
import { atQuote, declareQuote, percentQ } from "../text/quote.ts";
import { resolveName } from "../vars/assign.ts";
import { flagsOf } from "../vars/describe.ts";
import { keysOf, type Variable, valuesOf } from "../vars/variable.ts";
import type { Param } from "./lower.ts";
import type { Ref, Value } from "./param.ts";

/** `${x@Q}` and the other letters: bash(1), "Parameter transformation". */
export function* transform(sh: Shell, ref: Ref, letter: string, value: Value, param: Param): Task<Value> {
  const v = sh.vars.find(resolveName(sh, ref.name).name);
  switch (letter) {
    case "Q": return each(value, atQuote);
    case "E": return each(value, (text) => decodeEscapes(text, "ansi").text);
    case "U": return each(value, (text) => text.toUpperCase());
    case "L": return each(value, (text) => text.toLowerCase());
    case "u": return each(value, (text) => text.slice(0, 1).toUpperCase() + text.slice(1));
    case "P": return yield* eachPrompt(sh, value);
    case "a": return attributes(value, v, ref);
    case "A": return v ? assignment(ref, v, value) : assignmentOfSpecial(ref, value);
    case "K": return v && value.is === "list" ? { is: "one", text: pairs(v) } : each(value, atQuote);
    case "k": return v && value.is === "list" && v.kind !== "scalar" ? { ...value, items: keysOf(v).flatMap((key, i) => [key, valuesOf(v)[i] ?? ""]) } : each(value, atQuote);
    default: throw new Complaint(`${param.text}: bad substitution`);
  }
}

function each(value: Value, change: (text: string) => string): Value {
  if (value.is === "unset") return value;
  return value.is === "one" ? { is: "one", text: change(value.text) } : { ...value, items: value.items.map(change) };
}

function* eachPrompt(sh: Shell, value: Value): Task<Value> {
  if (value.is === "unset") return value;
  if (value.is === "one") return { is: "one", text: yield* promptText(sh, value.text) };
  const items: string[] = [];
  for (const item of value.items) items.push(yield* promptText(sh, item));
  return { ...value, items };
}

function attributes(value: Value, v: Variable | undefined, ref: Ref): Value {
  if (!v) return { is: "unset" };
  const flags = flagsOf(v);
  if (ref.all !== undefined && value.is === "list") return { ...value, items: value.items.map(() => flags) };
  return { is: "one", text: flags };
}

function assignment(ref: Ref, v: Variable, value: Value): Value {
  const flags = flagsOf(v);
  if (value.is === "list" && v.kind !== "scalar") return { is: "one", text: `declare -${flags} ${ref.name}=(${elements(v)})` };
  if (value.is === "unset") return flags === "" ? value : { is: "one", text: `declare -${flags} ${ref.name}` };
  const text = value.is === "one" ? value.text : value.items.join(" ");
  const name = ref.name;
  return { is: "one", text: flags === "" ? `${name}=${atQuote(text)}` : `declare -${flags} ${name}=${atQuote(text)}` };
}

function assignmentOfSpecial(ref: Ref, value: Value): Value {
  if (value.is === "unset") return value;
  if (value.is === "list") return { is: "one", text: `set -- ${value.items.map(atQuote).join(" ")}` };
  return { is: "one", text: `${ref.name}=${atQuote(value.text)}` };
}

/** `[0]="a" [1]="b"`, as declare -p prints elements. */
export function elements(v: Variable): string {
  const values = valuesOf(v);
  const text = keysOf(v).map((key, i) => `[${v.kind === "assoc" ? assocKey(key) : key}]=${declareQuote(values[i] ?? "")}`).join(" ");
  return v.kind === "assoc" && text !== "" ? text + " " : text;
}

const assocKey = (key: string): string => (/[\s"'`$\\()[\]{}<>|&;*?!#~]|^$/.test(key) ? declareQuote(key) : key);

function pairs(v: Variable): string {
  const values = valuesOf(v);
  const text = keysOf(v).map((key, i) => `${v.kind === "assoc" ? percentQ(key) : key} ${declareQuote(values[i] ?? "")}`).join(" ");
  return v.kind === "assoc" ? text + " " : text;
}
