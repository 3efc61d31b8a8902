import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/**
 * The house rules that a compiler cannot see: which folder may import which, what the simulated world
 * may not touch, how long a file may be, and that the map leads somewhere. Paths are relative to src/.
 */

const SRC = import.meta.dirname;
const MAX_LINES = 350;

/** Left to right: a folder imports itself and folders to its left. */
const ORDER = ["sim", "wire", "net", "os", "http", "shell", "programs", "cluster", "lab", "engine"];
const CORE = ORDER.filter((folder) => folder !== "engine");

/** The same inside net/. A room is a folder, or a file and its splits: `rtnl.ts`, `rtnl-link.ts`. */
const NET_ORDER = ["uapi", "core", "dev", "sched", "neigh", "ipv4", "ipv6", "netfilter", "sock", "tunnel", "rtnl", "init"];

/** The folders beside the line, and what each may import. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  ui: ["protocol"],
  headless: [...CORE, "protocol"],
  bench: [...ORDER, "protocol", "headless", "testing"],
  testing: [...CORE, "protocol", "headless", "engine", "ui"],
};

/** These stand to the right of `os` too, but look at the machine from outside: a benchmark and a testbed build bare stacks. */
const MAY_SEE_THE_WHOLE_STACK = ["os", "bench", "testing"];

/** Plain data: the words for events and drops. The page gets them through `protocol`. */
const TRACE_VOCABULARY = "net/uapi/trace.ts";

/** The two objects that carry every layer's state, as the kernel's `struct net` and `struct net_device` do, name it by type. */
const CARRIES_EVERY_LAYER = ["net/core/netns.ts", "net/core/netdev.ts"];

/** The page's door to the trace vocabulary has nothing of its own, and is meant to. */
const BARRELS_WITH_A_REASON = ["protocol/trace.ts"];

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

function parse(path: string, text: string): Source {
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, kind) };
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** Every module a file names: import and export statements, `import("…")` calls and `import("…").T` types. */
function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  visit(source.tree, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.importClause?.isTypeOnly ?? false });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) found.push({ specifier: argument.text, typeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      found.push({ specifier: node.argument.literal.text, typeOnly: true });
    }
  });
  return found;
}

const folderOf = (path: string): string => path.split("/")[0] ?? "";
const roomOf = (path: string): string => (path.split("/")[1] ?? "").replace(/\.ts$/, "").replace(/^(rtnl|init)-.*$/, "$1");

/** Why `from` may not import `to`, or null when it may. */
function objection(from: string, to: string, typeOnly: boolean): string | null {
  const [mine, theirs] = [folderOf(from), folderOf(to)];
  if (mine === theirs) return mine === "net" ? objectionInsideNet(from, to, typeOnly) : null;
  if (mine === "protocol" && to === TRACE_VOCABULARY) return null;
  if (mine === "protocol" && theirs === "wire") return typeOnly ? null : "protocol takes only types from wire";
  if (!mayImport(mine, theirs)) return `${mine} may not import ${theirs}`;
  const throughTheDoor = theirs !== "net" || MAY_SEE_THE_WHOLE_STACK.includes(mine) || roomOf(to) === "uapi";
  return throughTheDoor ? null : `${mine} sees of net only net/uapi`;
}

function mayImport(mine: string, theirs: string): boolean {
  const beside = BESIDE[mine];
  if (beside !== undefined) return beside.includes(theirs);
  if (mine === "engine" && theirs === "protocol") return true;
  return ORDER.includes(theirs) && ORDER.indexOf(theirs) < ORDER.indexOf(mine);
}

function objectionInsideNet(from: string, to: string, typeOnly: boolean): string | null {
  if (typeOnly && CARRIES_EVERY_LAYER.includes(from)) return null;
  const [mine, theirs] = [roomOf(from), roomOf(to)];
  for (const room of [mine, theirs]) if (!NET_ORDER.includes(room)) return `net/${room} has no place in the order of net`;
  return NET_ORDER.indexOf(theirs) <= NET_ORDER.indexOf(mine) ? null : `net/${mine} may not import net/${theirs}`;
}

function wrongImports(source: Source): string[] {
  return importsOf(source).flatMap(({ specifier, typeOnly }) => {
    if (!specifier.startsWith(".")) return [];
    const to = posix.normalize(posix.join(posix.dirname(source.path), specifier));
    const why = to.startsWith("..") ? "reaches outside src" : objection(source.path, to, typeOnly);
    return why === null ? [] : [`${source.path}: ${specifier}: ${why}`];
  });
}

/** What would make a run differ from machine to machine, or from one playback speed to another. */
const NOT_IN_THE_CORE = new Set([
  "Date", "Promise", "Intl", "performance", "console", "process", "globalThis", "fetch",
  "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame", "structuredClone",
]);
const NOT_AS_MEMBER = new Set(["localeCompare", "toLocaleString", "toLocaleUpperCase", "toLocaleLowerCase"]);

/** Names declared by the file itself (a `process` of the simulated machine) are its own business. */
function bannedInCore(source: Source): string[] {
  const own = declaredNames(source);
  const found: string[] = [];
  visit(source.tree, (node) => {
    if (!ts.isIdentifier(node)) return;
    const member = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const used = member || isUse(node);
    if (member && (NOT_AS_MEMBER.has(node.text) || node.parent.getText() === "Math.random")) found.push(at(source, node));
    if (!member && used && NOT_IN_THE_CORE.has(node.text) && !own.has(node.text)) found.push(at(source, node));
  });
  return found;
}

function declaredNames(source: Source): Set<string> {
  const names = new Set<string>();
  visit(source.tree, (node) => {
    const named = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)
      || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
      || ts.isTypeAliasDeclaration(node) || ts.isImportSpecifier(node);
    if (named && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

/** A bare name that is read, as opposed to the name of a member, a key or a label. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  const names = (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)
    || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isGetAccessor(parent)) && parent.name === node;
  return !names && !ts.isQualifiedName(parent);
}

function at(source: Source, node: ts.Node): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart());
  return `${source.path}:${line + 1}: ${node.parent.getText().split("\n")[0] ?? ""}`;
}

function bannedAnywhere(source: Source): string[] {
  const found: string[] = [];
  if (/^\/\/\/\s*</m.test(source.text)) found.push(`${source.path}: triple-slash reference`);
  visit(source.tree, (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(at(source, node));
  });
  return found;
}

/** A barrel passes on other files' exports instead of having its own. */
function isBarrel(source: Source): boolean {
  const passesOn = (statement: ts.Statement): boolean => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
  const { statements } = source.tree;
  const all = statements.length > 0 && statements.every((statement) => passesOn(statement) || ts.isImportDeclaration(statement));
  const some = statements.some((statement) => ts.isExportDeclaration(statement) && statement.exportClause === undefined);
  return some || (all && statements.some(passesOn));
}

/** Where the links of a Markdown text lead, without those to the web or to a heading. */
function localLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].flatMap(([, target = ""]) => /^[a-z]+:/.test(target) ? [] : [target]);
}

/** The section of a Markdown text under a heading. */
function section(markdown: string, heading: string): string {
  return markdown.split(/^(?=#+ )/m).find((part) => part.replace(/^#+ /, "").startsWith(`${heading}\n`)) ?? "";
}

/** A room of the ping's walk says at its door where the packet comes from, and where it goes next. */
const hasSigns = (text: string): boolean => /^\/\/ .+\n\/\/ .+\n/.test(text);

const lineCount = (text: string): number => text.replace(/\n$/, "").split("\n").length;

const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
  .map((path) => parse(path, readFileSync(join(SRC, path), "utf8")));
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const products = sources.filter(({ path }) => !isTest(path));
const core = products.filter(({ path }) => CORE.includes(folderOf(path)));

describe("the sources", () => {
  it("import only to the left, and of net only what a program may see", () => {
    expect(products.flatMap(wrongImports)).toEqual([]);
  });
  it("of the core use no clock, chance, timer or locale of the machine", () => {
    expect(core.flatMap(bannedInCore)).toEqual([]);
  });
  it("contain no any and no triple-slash reference", () => {
    expect(sources.flatMap(bannedAnywhere)).toEqual([]);
  });
  it("have no barrels", () => {
    expect(products.filter(isBarrel).map(({ path }) => path)).toEqual(BARRELS_WITH_A_REASON);
  });
  it(`stay under ${MAX_LINES} lines a file`, () => {
    expect(products.map(({ path, text }) => `${path}: ${lineCount(text)}`).filter((_, i) => lineCount(products[i]?.text ?? "") > MAX_LINES)).toEqual([]);
  });
  it("are where the links of each README say", () => {
    for (const map of [join(SRC, "README.md"), join(SRC, "../README.md")]) {
      const dead = localLinks(readFileSync(map, "utf8")).filter((target) => !existsSync(join(dirname(map), target)));
      expect(dead, map).toEqual([]);
    }
  });
});

describe("follow a ping", () => {
  const rooms = localLinks(section(readFileSync(join(SRC, "README.md"), "utf8"), "Follow a ping")).filter((path) => path.endsWith(".ts"));

  it("each room that the map links opens with its two lines", () => {
    expect(rooms.filter((path) => !hasSigns(readFileSync(join(SRC, path), "utf8")))).toEqual([]);
  });
});

describe("the rules themselves", () => {
  const objections = (path: string, text: string): number => wrongImports(parse(path, text)).length;

  it.each([
    ["net/dev/veth.ts", "../core/skb.ts", 0],
    ["net/core/skb.ts", "../dev/veth.ts", 1],
    ["net/rtnl-link.ts", "./tunnel/vxlan.ts", 0],
    ["net/tunnel/vxlan.ts", "../rtnl.ts", 1],
    ["net/kitchen/sink.ts", "../core/skb.ts", 1],
    ["wire/ethernet.ts", "../net/core/skb.ts", 1],
    ["os/kernel.ts", "../net/init.ts", 0],
    ["programs/ping.ts", "../net/uapi/errno.ts", 0],
    ["programs/ip/link.ts", "../../net/core/netdev.ts", 1],
    ["lab/lab.ts", "../programs/ping.ts", 0],
    ["programs/ping.ts", "../lab/lab.ts", 1],
    ["engine/pacer.ts", "../protocol/messages.ts", 0],
    ["ui/app.tsx", "../protocol/messages.ts", 0],
    ["ui/app.tsx", "../wire/addr.ts", 1],
    ["sim/sim.ts", "../../scripts/test.ts", 1],
  ])("%s importing %s: %i objections", (path, specifier, count) => {
    expect(objections(path, `import { x } from "${specifier}";`)).toBe(count);
    expect(objections(path, `export type { x } from "${specifier}";`)).toBe(count);
    expect(objections(path, `const x = import("${specifier}");`)).toBe(count);
    expect(objections(path, `let x: import("${specifier}").X;`)).toBe(count);
  });
  it("netns and netdev name the state of every layer by type, and only so", () => {
    expect(objections("net/core/netns.ts", 'import type { SockTables } from "../sock/tables.ts";')).toBe(0);
    expect(objections("net/core/netns.ts", 'import { SockTables } from "../sock/tables.ts";')).toBe(1);
  });
  it("protocol takes types from wire and the words of the trace, and nothing else of either", () => {
    expect(objections("protocol/snapshot.ts", 'import type { Mac } from "../wire/addr.ts";')).toBe(0);
    expect(objections("protocol/snapshot.ts", 'import { mac } from "../wire/addr.ts";')).toBe(1);
    expect(objections("protocol/snapshot.ts", 'import { TRACE_KINDS } from "../net/uapi/trace.ts";')).toBe(0);
    expect(objections("protocol/snapshot.ts", 'import type { Errno } from "../net/uapi/errno.ts";')).toBe(1);
  });
  it.each([
    ["const t = Date.now();", 1], ["const r = Math.random();", 1], ["setTimeout(f, 1);", 1], ["names.sort((a, b) => a.localeCompare(b));", 1],
    ["let p: Promise<void>;", 1], ["// Date.now() is banned", 0], ['const s = "Date.now()";', 0], ["const m = Math.max(1, 2);", 0],
    ["function f(process: Process) { return process.pid; }", 0], ["const o = { fetch: 1 };", 0],
  ])("in the core, %s has %i banned names", (text, count) => {
    expect(bannedInCore(parse("sim/x.ts", text))).toHaveLength(count);
  });
  it("any, references and barrels are seen", () => {
    expect(bannedAnywhere(parse("x.ts", '/// <reference types="node" />\nlet x: any; // any'))).toHaveLength(2);
    expect(isBarrel(parse("x.ts", 'export { a } from "./a.ts";'))).toBe(true);
    expect(isBarrel(parse("x.ts", 'export * from "./a.ts"; export const b = 1;'))).toBe(true);
    expect(isBarrel(parse("x.ts", 'import { a } from "./a.ts"; export const b = a;'))).toBe(false);
  });
  it("a room's two lines are seen, a section is cut out", () => {
    expect(hasSigns("// From: the cable (core/cable.ts).\n// Next: ipv4/ip-input.ts.\nimport x\n")).toBe(true);
    expect(hasSigns("// One line only.\nimport x\n")).toBe(false);
    expect(section("# A\na\n# B\n[b](b.ts)\n## C\n", "B")).toBe("# B\n[b](b.ts)\n");
  });
  it("links of a text are found, those to the web are not", () => {
    expect(localLinks("[a](sim/sim.ts) [b](net/#x) [c](https://example.org) [d](#e)")).toEqual(["sim/sim.ts", "net/"]);
  });
});
