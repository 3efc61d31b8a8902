/**
 * Reads a lesson's words (`en.md`): a small Markdown with directives, into plain data. Nothing here
 * makes HTML: text stays text all the way to React.
 */

export type Inline =
  | { readonly is: "text" | "bold" | "code" | "node" | "command" | "variable"; readonly text: string };

export type Block =
  | { readonly is: "paragraph"; readonly inlines: readonly Inline[] }
  | { readonly is: "list"; readonly items: readonly (readonly Inline[])[] };

export interface AskWords {
  readonly question: readonly Block[];
  /** Option id → its text. */
  readonly options: ReadonlyMap<string, readonly Inline[]>;
  readonly why: readonly Block[];
}

export interface StepWords {
  readonly id: string;
  readonly title: string;
  /** Paragraphs before the cards. */
  readonly intro: readonly Block[];
  readonly asks: ReadonlyMap<string, AskWords>;
  readonly hints: readonly (readonly Block[])[];
  /** Dynamic hints by key. */
  readonly says: ReadonlyMap<string, readonly Block[]>;
  readonly reality: readonly Block[];
  readonly tries: readonly (readonly Block[])[];
}

export interface LessonWords {
  readonly title: string;
  readonly goal: readonly Block[];
  readonly steps: ReadonlyMap<string, StepWords>;
}

/** A directive and the lines up to the next one. */
interface Part {
  readonly name: string;
  readonly argument: string;
  readonly lines: string[];
}

/** Never fails: what it does not know stays visible as text. */
export function parseWords(source: string): LessonWords {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const sections = splitSections(lines);
  const [head, ...steps] = sections;
  return {
    title: head?.title ?? "",
    goal: blocksOf(head?.lines ?? []),
    steps: new Map(steps.map((section) => [section.id, stepOf(section)])),
  };
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly lines: string[];
}

function splitSections(lines: readonly string[]): Section[] {
  const sections: Section[] = [{ id: "", title: titleOf(lines), lines: [] }];
  for (const line of lines) {
    const heading = /^##\s+([a-z0-9-]+)(?:\s*[:·—–]\s*(.+))?\s*$/.exec(line);
    if (heading !== null) sections.push({ id: heading[1] ?? "", title: heading[2] ?? sentenceCase(heading[1] ?? ""), lines: [] });
    else if (!/^#\s/.test(line)) sections.at(-1)?.lines.push(line);
  }
  return sections;
}

function titleOf(lines: readonly string[]): string {
  return lines.find((line) => /^#\s/.test(line))?.replace(/^#\s+/, "").trim() ?? "";
}

function sentenceCase(id: string): string {
  const words = id.replace(/-/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function stepOf(section: Section): StepWords {
  const parts = splitParts(section.lines);
  const of = (name: string): Part[] => parts.filter((part) => part.name === name);
  return {
    id: section.id,
    title: section.title,
    intro: [...of(""), ...of("run")].flatMap((part) => blocksOf(part.lines)),
    asks: asksOf(parts),
    hints: of("hint").map((part) => blocksOf(part.lines)),
    says: new Map(of("say").map((part) => [part.argument, blocksOf(part.lines)])),
    reality: of("reality").flatMap((part) => blocksOf(part.lines)),
    tries: of("try").map((part) => blocksOf(part.lines)),
  };
}

function splitParts(lines: readonly string[]): Part[] {
  const parts: Part[] = [{ name: "", argument: "", lines: [] }];
  for (const line of lines) {
    const directive = /^:::\s*([a-z]+)(?:\s+(\S+))?\s*$/.exec(line);
    if (directive !== null) parts.push({ name: directive[1] ?? "", argument: directive[2] ?? "", lines: [] });
    else if (line.trim() !== ":::") parts.at(-1)?.lines.push(line);
  }
  return parts;
}

/** `:::why` belongs to the question before it. */
function asksOf(parts: readonly Part[]): ReadonlyMap<string, AskWords> {
  const asks = new Map<string, AskWords>();
  for (const [i, part] of parts.entries()) {
    if (part.name !== "ask") continue;
    const next = parts.slice(i + 1).find((later) => later.name === "why" || later.name === "ask");
    const isOption = (line: string): boolean => /^-\s+[\w-]+:\s/.test(line);
    asks.set(part.argument, {
      question: blocksOf(part.lines.filter((line) => !isOption(line))),
      options: new Map(part.lines.filter(isOption).map(optionOf)),
      why: next?.name === "why" ? blocksOf(next.lines) : [],
    });
  }
  return asks;
}

function optionOf(line: string): readonly [string, readonly Inline[]] {
  const [, id = "", text = ""] = /^-\s+([\w-]+):\s+(.*)$/.exec(line) ?? [];
  return [id, inlinesOf(text)];
}

function blocksOf(lines: readonly string[]): Block[] {
  const chunks = lines.join("\n").split(/\n\s*\n/).map((chunk) => chunk.trim()).filter((chunk) => chunk !== "");
  return chunks.map((chunk) => {
    const inner = chunk.split("\n");
    if (inner.every((line) => /^[-*]\s/.test(line))) return { is: "list", items: inner.map((line) => inlinesOf(line.replace(/^[-*]\s+/, ""))) };
    return { is: "paragraph", inlines: inlinesOf(inner.join(" ")) };
  });
}

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\{node:([^}]+)\}|\{cmd:([^}]+)\}|\$\{([^}]+)\}/g;

export function inlinesOf(text: string): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) found.push({ is: "text", text: text.slice(at, match.index) });
    found.push(inlineOf(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ is: "text", text: text.slice(at) });
  return found;
}

function inlineOf([, bold, code, node, command, variable]: RegExpMatchArray): Inline {
  if (bold !== undefined) return { is: "bold", text: bold };
  if (code !== undefined) return { is: "code", text: code };
  if (node !== undefined) return { is: "node", text: node };
  return command !== undefined ? { is: "command", text: command } : { is: "variable", text: variable ?? "" };
}
