import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../programs/registry.ts";
import { ShellTestbed } from "./testbed.ts";

/** Runs `bash -c`; what bash 5.2.15 printed for the same command stands beside it. */
function both(command: string): string {
  const r = new ShellTestbed(PROGRAMS).run(command);
  return r.stdout + r.stderr + `[${r.code}]`;
}

describe("bash -c prints what bash 5.2.15 prints", () => {
  it.each([
    ["an unknown command", "foo", "bash: line 1: foo: command not found\n[127]"],
    ["a directory as a command", "/tmp", "bash: line 1: /tmp: Is a directory\n[126]"],
    ["a path that is not there", "./x", "bash: line 1: ./x: No such file or directory\n[127]"],
    ["cd to nowhere", "cd /nope", "bash: line 1: cd: /nope: No such file or directory\n[1]"],
    ["a redirection into nowhere", "echo a > /nope/x; echo $?", "1\nbash: line 1: /nope/x: No such file or directory\n[0]"],
    ["a readonly variable, which abandons its line only", "readonly x=1; x=2; echo same\necho next", "next\nbash: line 1: x: readonly variable\n[0]"],
    ["an unset variable under set -u", "set -u; echo $x", "bash: line 1: x: unbound variable\n[127]"],
    ["${x?}, which ends the shell", "echo ${x?no x}; echo on", "bash: line 1: x: no x\n[127]"],
    ["a bad substitution", "echo ${x!y}", "bash: line 1: ${x!y}: bad substitution\n[1]"],
    ["a division by zero", "echo $((1/0))", 'bash: line 1: 1/0: division by 0 (error token is "0")\n[1]'],
    ["a missing operand in (( ))", "((1+)); echo on", 'on\nbash: line 1: ((: 1+: syntax error: operand expected (error token is "+")\n[0]'],
    ["a wrong integer in test", "[ 1 -eq a ]", "bash: line 1: [: a: integer expression expected\n[2]"],
    ["break outside a loop", "break", "bash: line 1: break: only meaningful in a `for', `while', or `until' loop\n[0]"],
    ["local outside a function", "local x", "bash: line 1: local: can only be used in a function\n[1]"],
  ])("%s", (_what, command, expected) => {
    expect(both(command)).toBe(expected);
  });
});

describe("syntax errors stop the shell with bash's words and status 2", () => {
  it.each([
    ["echo )", "bash: -c: line 1: syntax error near unexpected token `)'\nbash: -c: line 1: `echo )'\n"],
    ["if then fi", "bash: -c: line 1: syntax error near unexpected token `then'\nbash: -c: line 1: `if then fi'\n"],
    ["( )", "bash: -c: line 1: syntax error near unexpected token `)'\nbash: -c: line 1: `( )'\n"],
    ["for x in a; done", "bash: -c: line 1: syntax error near unexpected token `done'\nbash: -c: line 1: `for x in a; done'\n"],
    ["if true; then echo", "bash: -c: line 2: syntax error: unexpected end of file\n"],
    ["echo \"abc", "bash: -c: line 1: unexpected EOF while looking for matching `\"'\n"],
    ["a && && b", "bash: -c: line 1: syntax error near unexpected token `&&'\nbash: -c: line 1: `a && && b'\n"],
    ["echo >", "bash: -c: line 1: syntax error near unexpected token `newline'\nbash: -c: line 1: `echo >'\n"],
  ])("%s", (command, expected) => {
    expect(both(command)).toBe(expected + "[2]");
  });

  it("a mistake on a later line lets the lines before it run", () => {
    expect(both("echo ok\n)\necho never")).toBe("ok\nbash: -c: line 2: syntax error near unexpected token `)'\nbash: -c: line 2: `)'\n[2]");
  });
});

describe("processes", () => {
  it("the parts of a pipeline run at the same time, and PIPESTATUS has all their statuses", () => {
    expect(both("false | echo hi | true; echo ${PIPESTATUS[@]}")).toBe("1 0 0\n[0]");
  });

  it("a subshell does not change its parent", () => {
    expect(both("x=1; (x=2; cd /); echo $x $PWD")).toBe("1 /root/work\n[0]");
  });

  it("wait gives the status of a background job", () => {
    expect(both("(exit 7) & wait $!; echo $?")).toBe("7\n[0]");
  });

  it("process substitution is a file", () => {
    expect(both("cat <(echo a) <(echo b)")).toBe("a\nb\n[0]");
  });

  it("a here-document larger than a pipe arrives whole", () => {
    expect(both('x=$(printf "%070000d" 0); y=$(cat <<< "$x"); echo ${#y}')).toBe("70000\n[0]");
  });

  it("a trapped signal runs its action between commands, and EXIT comes last", () => {
    expect(both("trap 'echo got' USR1; trap 'echo bye' EXIT; kill -USR1 $$; echo on")).toBe("got\non\nbye\n[0]");
  });

  it("endless recursion ends with a message, not with the stack", () => {
    expect(both("f() { f; }; f")).toBe("environment: line 1: f: maximum function nesting level exceeded (5000)\n[1]");
  });
});
