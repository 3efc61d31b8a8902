/** Strings with variables, compiled once and filled in for every request (ngx_http_script.c). */

export type ScriptPart = string | { readonly variable: string } | { readonly capture: number };

export interface Script {
  readonly source: string;
  readonly parts: readonly ScriptPart[];
  /** No variables: the text itself; undefined otherwise. */
  readonly constant: string | undefined;
}

export type Compiled = { readonly is: "script"; readonly script: Script } | { readonly is: "bad"; readonly text: string };

/** Reads `$name`, `${name}` and `$1`; a lone dollar is an error. */
export function compileScript(source: string): Compiled {
  const parts: ScriptPart[] = [];
  for (let at = 0; at < source.length; ) {
    const dollar = source.indexOf("$", at);
    if (dollar < 0 || dollar > at) parts.push(source.slice(at, dollar < 0 ? undefined : dollar));
    if (dollar < 0) break;
    const found = variableAt(source, dollar + 1);
    if (typeof found === "string") return { is: "bad", text: found };
    parts.push(found.part);
    at = found.next;
  }
  const constant = parts.length === 0 ? "" : parts.length === 1 && typeof parts[0] === "string" ? parts[0] : undefined;
  return { is: "script", script: { source, parts, constant } };
}

function variableAt(source: string, at: number): { part: ScriptPart; next: number } | string {
  const digit = source[at] ?? "";
  if (digit >= "1" && digit <= "9") return { part: { capture: Number(digit) }, next: at + 1 };
  const bracket = digit === "{";
  const start = bracket ? at + 1 : at;
  const name = /^\w*/.exec(source.slice(start))?.[0] ?? "";
  const next = start + name.length;
  if (bracket && source[next] !== "}") return `the closing bracket in "${name}" variable is missing`;
  return name === "" ? "invalid variable name" : { part: { variable: name }, next: bracket ? next + 1 : next };
}

export const constantScript = (text: string): Script => ({ source: text, parts: text === "" ? [] : [text], constant: text });

/** The text of a script, with what `value` and `capture` answer. */
export function fillScript(script: Script, value: (name: string) => string, capture: (n: number) => string): string {
  if (script.constant !== undefined) return script.constant;
  let text = "";
  for (const part of script.parts) text += typeof part === "string" ? part : "variable" in part ? value(part.variable) : capture(part.capture);
  return text;
}

export const usesVariables = (script: Script): boolean => script.constant === undefined;
