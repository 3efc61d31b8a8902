import { describe, expect, it } from "vitest";
import { shown, typed } from "../os/testbed.ts";
import { PROGRAMS } from "../programs/registry.ts";
import { ShellTestbed } from "./testbed.ts";

/** A shell on a terminal: what is typed, and what the screen got since. */
class Session {
  readonly bed = new ShellTestbed(PROGRAMS);
  readonly tty = this.bed.os.kernel.openTty();

  constructor() {
    const env = new Map(Object.entries({ PATH: "/usr/bin", HOME: "/root", PS1: "$ " }));
    this.bed.os.kernel.start({ run: "/bin/bash", argv: ["bash", "--norc"], env, cwd: "/root", stdio: this.tty });
    this.take();
  }

  take(seconds = 0.4): string {
    this.bed.os.pass(seconds * 1e9);
    return shown(this.tty).replace(/\x1b\[\?2004[hl]/g, "").replaceAll("\r\n", "\n");
  }

  type(text: string, seconds?: number): string {
    typed(this.tty, text);
    return this.take(seconds);
  }
}

const run = (...lines: readonly string[]): string => {
  const s = new Session();
  return lines.map((line) => s.type(line)).join("");
};

describe("jobs at a terminal read as in bash", () => {
  it("Ctrl-Z stops, jobs lists, bg and fg go on, Ctrl-C ends", () => {
    expect(run("sleep 100\n", "\x1a", "jobs\n", "bg\n", "fg\n", "\x03")).toBe(
      "sleep 100\n^Z\n[1]+  Stopped                 sleep 100\n$ jobs\n[1]+  Stopped                 sleep 100\n$ bg\n[1]+ sleep 100 &\n$ fg\nsleep 100\n^C\n$ ",
    );
  });

  it("Ctrl-C ends a loop and the rest of its line", () => {
    expect(run("while :; do :; done; echo no\n", "\x03", "echo yes\n")).toBe("while :; do :; done; echo no\n^C\n$ echo yes\nyes\n$ ");
  });

  it("a background job tells its number, and its end before the next prompt", () => {
    expect(run("sleep 0.1 &\n", "\n")).toMatch(/^sleep 0\.1 &\n\[1\] \d+\n\$ \n\[1\]\+ {2}Done {20}sleep 0\.1\n\$ $/);
  });

  it("exit with stopped jobs warns once", () => {
    expect(run("sleep 9\n", "\x1a", "exit\n")).toContain("exit\nThere are stopped jobs.\n");
  });
});

describe("the line editor", () => {
  const after = (keys: string): string => run(keys + "\n").split("\n").at(-2) ?? "";

  it.each([
    ["C-a goes to the start", "b\x01echo a", "ab"],
    ["C-w kills to the blank, C-y brings it back twice", "echo a bc\x17\x19\x19", "a bcbc"],
    ["C-u kills to the start", "rubbish\x15echo a", "a"],
    ["C-k kills to the end", "echo abXX\x02\x02\x0b", "ab"],
    ["M-b and M-d delete a word", "echo one two\x1bb\x1bd2", "one 2"],
    ["Ctrl-Left moves by words", "echo b\x1b[1;5Da ", "a b"],
    ["C-t swaps characters", "echo ba\x14", "ab"],
    ["Delete removes under the cursor", "echo abc\x02\x1b[3~", "ab"],
    ["Backspace removes a wide character whole", "echo a中\x7f", "a"],
    ["C-_ undoes", "echo a b\x17\x1f", "a b"],
  ])("%s", (_what, keys, output) => {
    expect(after(keys)).toBe(output);
  });

  it("Up brings back the last line", () => {
    expect(run("echo one\n", "\x1b[A\n").endsWith("one\n$ ")).toBe(true);
  });

  it("C-r finds an earlier line by a part of it", () => {
    expect(run("echo alpha\n", "echo beta\n", "\x12alp\n").endsWith("\nalpha\n$ ")).toBe(true);
  });

  it("M-. inserts the last argument of the line before", () => {
    expect(run("echo x last\n", "echo \x1b.\n").endsWith("\nlast\n$ ")).toBe(true);
  });

  it("an unfinished command gets the second prompt; Ctrl-C gives it up", () => {
    expect(run("if true\n", "\x03")).toBe("if true\n> ^C\n$ ");
  });

  it("pasted lines wait for Enter", () => {
    const s = new Session();
    s.type("\x1b[200~echo a\necho b\x1b[201~");
    expect(s.type("\n")).toBe("\na\nb\n$ ");
  });

  it("Ctrl-D on an empty line ends the shell", () => {
    expect(run("\x04")).toBe("exit\n");
  });
});

describe("completion", () => {
  it("a command that is the only one gets a blank", () => {
    expect(run("unal\t")).toContain("unalias ");
  });

  it("files, with what needs quotes quoted", () => {
    expect(run("touch 'a file'\n", "ls a\t\n").includes("ls a\\ file ")).toBe(true);
  });

  it("a second Tab lists what there is", () => {
    expect(run("ls /etc/host\t", "\t")).toContain("\nhostname  hosts\n");
  });

  it("network devices after dev, names from /etc/hosts for ping", () => {
    expect(run("ip link set dev l\t")).toContain("dev lo ");
    expect(run("ping localh\t")).toContain("localhost ");
  });
});

describe("messages at a prompt name no line", () => {
  it("in the shell, in a subshell and in a pipeline", () => {
    expect(run("nosuch; (nosuch); nosuch | cat\n")).toBe(
      "nosuch; (nosuch); nosuch | cat\n" + "bash: nosuch: command not found\n".repeat(3) + "$ ",
    );
  });

  it("a new window size is taken over before the next key", () => {
    const s = new Session();
    s.type("echo 0123456789");
    s.tty.resize({ rows: 24, cols: 10 });
    expect(s.take()).toContain("$ echo 0123456789");
    expect(s.type("\x03").includes("^C\n$ ")).toBe(true);
  });
});
