import { forEachChild, type ParsedScript, parse, type ParseError, type Statement, type SyntaxNode } from "unbash";
import type { SourceText } from "./text/source.ts";

/** A part of a program that is read and run as one: what stands on a line, or a compound command. */
export interface Unit {
  readonly statements: readonly Statement[];
  readonly from: number;
  readonly to: number;
}

/** The statements of a script in units, and the first mistake. Units before the mistake are good. */
export interface Outline {
  readonly units: readonly Unit[];
  readonly mistake: ParseError | undefined;
}

export function outline(text: string, script: ParsedScript = parse(text)): Outline {
  const mistake = firstMistake(script.errors);
  const units = groupByLine(text, script.commands);
  if (!mistake) return { units, mistake };
  const good = units.filter((u) => u.from <= mistake.pos);
  const last = good.at(-1);
  const broken = last && (last.to > mistake.pos || isStub(last.statements.at(-1)) || !text.slice(last.to, mistake.pos).includes("\n"));
  return { units: broken ? good.slice(0, -1) : good, mistake };
}

/** What the parser leaves of a command that was never finished. */
const isStub = (s: Statement | undefined): boolean => s !== undefined && s.end <= s.pos;

function firstMistake(errors: readonly ParseError[] | undefined): ParseError | undefined {
  let first: ParseError | undefined;
  for (const e of errors ?? []) if (!first || e.pos < first.pos) first = e;
  return first;
}

function groupByLine(text: string, statements: readonly Statement[]): Unit[] {
  const units: { statements: Statement[]; from: number; to: number }[] = [];
  for (const s of statements) {
    const last = units.at(-1);
    if (last && !text.slice(last.to, s.pos).includes("\n")) {
      last.statements.push(s);
      last.to = Math.max(s.end, last.to);
    } else units.push({ statements: [s], from: s.pos, to: s.end });
  }
  return units;
}

/**
 * Without `shopt -s extglob` a `(` after `@` and the like is a mistake, which the parser does not know.
 * `[[ ]]` and the operands of `${…}` always take such patterns.
 */
export function forbiddenPattern(text: string, unit: Unit): ParseError | undefined {
  if (!/[?*+@!]\(/.test(text.slice(unit.from, unit.to))) return undefined;
  let found: ParseError | undefined;
  const visit = (node: SyntaxNode): void => {
    if (found || node.type === "TestCommand" || node.type === "ParameterExpansion" || node.type === "CommandExpansion" || node.type === "HereDoc") return;
    if (node.type === "ExtendedGlob") found = { message: "unexpected token '('", pos: node.pos + 1 };
    else forEachChild(node, visit);
  };
  unit.statements.forEach(visit);
  return found;
}

/** Whether more input could still make the text complete: the prompt is then `> `. */
export function isIncomplete(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  const script = parse(text);
  const errors = script.errors ?? [];
  if (errors.length === 0) return openHeredoc(script.commands);
  const first = firstMistake(errors);
  if (!first) return false;
  return atEnd(text, first) || (/in (subshell|brace group)$/.test(first.message) && /^[({]\s*$/.test(stripComment(text.slice(first.pos))));
}

const stripComment = (text: string): string => text.replace(/(^|\s)#[^\n]*/g, "$1");

/** The mistake is that the text stops. */
function atEnd(text: string, mistake: ParseError): boolean {
  if (mistake.message.startsWith("unterminated")) return true;
  if (mistake.message.startsWith("unexpected")) return false;
  const rest = stripComment(text.slice(mistake.pos)).trim();
  return rest === "" || rest === firstWord(rest) && mistake.message.includes(`after '${rest}'`);
}

const firstWord = (text: string): string => /^\S+/.exec(text)?.[0] ?? "";

function openHeredoc(statements: readonly Statement[]): boolean {
  return JSON.stringify(statements, (key, value: unknown) => (key === "parts" ? undefined : value)).includes('"type":"HereDoc"')
    && hasOpenHeredoc(statements);
}

function hasOpenHeredoc(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasOpenHeredoc);
  if (typeof node !== "object" || node === null) return false;
  if ("type" in node && node.type === "HereDoc" && "closing" in node) return node.closing === undefined;
  return Object.entries(node).some(([key, value]) => key !== "parts" && hasOpenHeredoc(value));
}

/** bash's words for a mistake: one or two lines, without the `bash: -c: ` prefix; `line N: ` is included. */
export function syntaxMessages(source: SourceText, mistake: ParseError): string[] {
  const { text } = source;
  const line = source.lineAt(mistake.pos);
  const open = /^unterminated (.*)$/.exec(mistake.message)?.[1];
  if (open !== undefined) return [`line ${unclosedLine(source, mistake.pos, open)}: unexpected EOF while looking for matching \`${closerOf(text, mistake.pos, open)}'`];
  if (mistake.message.includes("close '[['")) return conditional(source, mistake.pos);
  const token = offendingToken(text, mistake);
  if (token === null) return [`line ${lastLine(source)}: syntax error: unexpected end of file`];
  const at = token.at;
  return [`line ${source.lineAt(at) || line}: syntax error near unexpected token \`${token.text}'`, `line ${source.lineAt(at)}: \`${source.lineTextAt(at)}'`];
}

function conditional(source: SourceText, pos: number): string[] {
  const rest = source.text.slice(pos).trim();
  const line = source.lineAt(pos);
  return rest === "" ? [`line ${line}: unexpected EOF while looking for \`]]'`] : [`line ${line}: syntax error near \`${firstWord(rest)}'`, `line ${line}: \`${source.lineTextAt(pos)}'`];
}

/** bash numbers the end of file one past the last line. */
const lastLine = (source: SourceText): number => source.lineAt(source.text.length) + (source.text.endsWith("\n") ? 0 : 1);

const unclosedLine = (source: SourceText, pos: number, what: string): number =>
  what === "command substitution" ? lastLine(source) : source.lineAt(pos);

function closerOf(text: string, pos: number, what: string): string {
  if (what.includes("double")) return '"';
  if (what.includes("single") || what.includes("ANSI")) return "'";
  if (what.includes("backtick")) return "`";
  if (what.includes("parameter")) return "}";
  return text[pos] === "$" && text[pos + 1] === "{" ? "}" : ")";
}

const OPERATOR = /^(?:&>>|<<<|<<-|;;&|&&|\|\||;;|;&|\|&|>>|<<|<&|>&|<>|>\||&>|[|&;()<>])/;

/** The token bash would stumble over: the next one at or after the mistake. Null = end of file. */
function offendingToken(text: string, mistake: ParseError): { text: string; at: number } | null {
  let at = mistake.pos;
  const after = /(?:after|in) '?([^' ]+)/.exec(mistake.message)?.[1];
  const skip = /in (subshell|brace group)$/.test(mistake.message) ? 1 : after && text.startsWith(after, at) ? after.length : 0;
  at += skip;
  if (mistake.message.startsWith("expected 'do") && at >= text.trimEnd().length) return lastToken(text, mistake);
  at += /^(?:[ \t]|\\\n)*/.exec(text.slice(at))?.[0].length ?? 0;
  const wantsCommand = mistake.message.includes("command") || mistake.message.includes("expected '");
  if (wantsCommand) at += /^(?:\s|#[^\n]*\n?)*/.exec(text.slice(at))?.[0].length ?? 0;
  if (at >= text.length) return mistake.message.includes("redirect") ? { text: "newline", at: text.length } : null;
  if (text[at] === "\n") return { text: "newline", at };
  const operator = OPERATOR.exec(text.slice(at))?.[0];
  if (operator !== undefined) return { text: operator, at };
  return { text: /^[^\s|&;()<>]+/.exec(text.slice(at))?.[0] ?? "", at };
}

/** `for x in a; done`: the reserved word that came instead of `do`. */
function lastToken(text: string, mistake: ParseError): { text: string; at: number } | null {
  if (mistake.message !== "expected 'do'") return null;
  const m = /(?:^|[;\n]\s*)(done)\s*$/.exec(text.trimEnd());
  return m?.[1] ? { text: m[1], at: text.trimEnd().length - m[1].length } : null;
}
