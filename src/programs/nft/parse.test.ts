import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderDiag } from "./diag.ts";
import { GLOBAL_WORDS } from "./keywords.ts";
import { Lexer } from "./lexer.ts";
import type { Input } from "./loc.ts";
import { parseInput, type ParseEnv } from "./parse.ts";

const ENV: ParseEnv = { include: (pattern) => `File not found: ${pattern}`, defines: new Map() };
const input = (text: string): Input => ({ name: "/dev/stdin", text, from: null });
const parse = (text: string, env = ENV): ReturnType<typeof parseInput> => parseInput(input(text), env);
const errors = (text: string): string[] => parse(text).diags.map((d) => d.text);

const kinds = (text: string): string[] => {
  const lexer = new Lexer(input(text));
  const out: string[] = [];
  for (let token = lexer.next(); token.kind !== "end of file"; token = lexer.next()) out.push(token.kind);
  return out;
};

describe("words", () => {
  it("`saddr` is a keyword only where a word before opened its scope", () => {
    expect(kinds("saddr")).toEqual(["string"]);
    expect(kinds("ip saddr")).toEqual(["ip", "saddr"]);
  });

  it.each([
    ["1.2.3.4", ["string"]], ["1.2.3.4.5", ["string", "string"]], ["300.1.1.1", ["string"]], ["1c", ["number", "string"]], ["8021q", ["string"]],
    ["aa:bb:cc:dd:ee:ff", ["string"]], ["[1::2]:80", ["string", "colon", "number"]], ["1:2:3:4:5:6:7:8:9", ["string", "colon", "number"]],
    ["::ffff:1.2.3.4", ["string"]], ["1::1.2.3.4", ["string", "string"]], ["1:2 x", ["string", "string"]], ["1:2;", ["number", "colon", "number", "semicolon"]],
    ["1d2h5m", ["string"]], ["30000ms", ["string"]], ["0x", ["number", "string"]], ["18446744073709551616", ["string"]], ["eth*", ["string with a trailing asterisk"]],
    ["\"a b\"", ["quoted string"]], ["\"a", ["junk", "string"]], ["a/b-c.d", ["string"]], [".", ["."]], [".5", ["string"]], ["a # b\n", ["string", "newline"]],
    ["a \\\n b", ["string", "string"]], ["ne !=", ["!=", "!="]], ["<<=", ["<<", "'='"]],
  ])("%j", (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });
});

describe("recovery", () => {
  it("a wrong line is dropped, the next is read, ten errors end it", () => {
    const { cmds, diags } = parse("add table a\nadd foo\nadd table b\n");
    expect(cmds.map((c) => c.handle.table?.name)).toEqual(["a", "b"]);
    expect(diags).toHaveLength(1);
    expect(errors(")\n".repeat(20))).toHaveLength(10);
  });

  it("an error in a chain leaves the rest of the chain", () => {
    const { cmds } = parse("table t {\n chain c {\n ip foo\n accept\n }\n}\n");
    expect(cmds[0]?.table?.chains[0]?.rules).toHaveLength(1);
  });

  it("the end of a file points to its last line", () => {
    const [diag] = parse("table t {\n chain c {\n").diags;
    expect(diag && renderDiag(diag)).toBe("/dev/stdin:3:1-1: Error: syntax error, unexpected end of file\n chain c {\n^\n");
  });
});

describe("definitions", () => {
  it("are seen in blocks inside, not outside", () => {
    expect(errors("define a = 1\ntable t {\n chain c {\n meta mark $a\n }\n}\n")).toEqual([]);
    expect(errors("table t {\n define a = 1\n}\nadd rule t c meta mark $a\n")).toEqual(["unknown identifier 'a'"]);
  });

  it("-D defines before the first line", () => {
    expect(parse("add rule t c meta mark $a\n", { ...ENV, defines: new Map([["a", "5"]]) }).diags).toEqual([]);
  });
});

describe("any input", () => {
  const word = fc.oneof(
    fc.constantFrom(...GLOBAL_WORDS), fc.constantFrom("{", "}", "(", ")", ",", ":", ";", "\n", "$a", "@s", "1", "1.2.3.4/8", "\"q", "x*", "::1", "saddr", "=", "to"),
  );

  it("words in any order → commands or errors, never an exception", () => {
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      for (const diag of parse(`${words.join(" ")}\n`).diags) expect(renderDiag(diag)).toContain("Error");
    }), { numRuns: 3000 });
  });

  it("any characters → the same", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      for (const diag of parse(text).diags) expect(renderDiag(diag)).toContain("Error");
    }), { numRuns: 1000 });
  });

  it.each([["("], ["{ "], ["jump { "], ["table t { chain c { "], ["tcp dport { 1, "], ["1 | ("]])("%j a hundred thousand times → an error, no overflow", (piece) => {
    expect(errors(`add rule t c ${piece.repeat(100_000)}`)[0]).toMatch(/memory exhausted|syntax error/);
  });

  it("two megabytes of rules → all of them read", () => {
    const rule = "add rule ip filter input ip saddr 10.0.0.1 tcp dport { 80, 443 } counter accept\n";
    const { cmds, diags } = parse(rule.repeat(Math.ceil(2_000_000 / rule.length)));
    expect(diags).toEqual([]);
    expect(cmds.length).toBeGreaterThan(20_000);
  });
});
