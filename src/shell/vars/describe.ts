import { elements } from "../expand/transform.ts";
import { declareQuote, traceQuote } from "../text/quote.ts";
import { plainValue, type Variable } from "./variable.ts";

/** Attribute letters in bash's order. */
export function flagsOf(v: Variable): string {
  return (v.kind === "indexed" ? "a" : v.kind === "assoc" ? "A" : "") + (v.integer ? "i" : "") + (v.nameref ? "n" : "")
    + (v.readonly ? "r" : "") + (v.trace ? "t" : "") + (v.exported ? "x" : "")
    + (v.fold === "lower" ? "l" : v.fold === "upper" ? "u" : v.fold === "capital" ? "c" : "");
}

/** `declare -x PATH="…"`: what `declare -p` prints. */
export function declareLine(name: string, v: Variable): string {
  const flags = flagsOf(v) || "-";
  if (v.kind !== "scalar") return `declare -${flags} ${name}${v.assigned || v.dynamic ? `=(${elements(v)})` : ""}`;
  const value = v.nameref ? v.value : plainValue(v);
  return value === undefined ? `declare -${flags} ${name}` : `declare -${flags} ${name}=${declareQuote(value)}`;
}

/** `name=value`, as `set` lists; undefined when there is no value. */
export function setLine(name: string, v: Variable): string | undefined {
  if (v.kind !== "scalar") return v.assigned || v.dynamic ? `${name}=(${elements(v)})` : undefined;
  const value = plainValue(v);
  return value === undefined ? undefined : `${name}=${value === "" ? "" : traceQuote(value)}`;
}

