import { describe, expect, test } from "vitest";
import { fromUtf8 } from "../wire/text.ts";
import { OsTestbed, program, shown, typed } from "./testbed.ts";
import type { Program } from "./sys.ts";

const SEC = 1_000_000_000;

/** Reads lines and says what it got, as JSON, until the end of file. */
const reader = (log: string[]): Program => function* (sys) {
  for (;;) {
    const got = yield* sys.read(0, 100);
    log.push(typeof got === "string" ? got : fromUtf8(got));
    if (typeof got === "string" || got.length === 0) return 0;
  }
};

/** Types keys at a reader in cooked mode; what it read and what the screen shows. */
function dialogue(...keys: string[]): { read: string[]; screen: string; status: unknown } {
  const bed = new OsTestbed();
  const log: string[] = [];
  const { p, tty } = bed.onTty(reader(log));
  bed.pass(SEC);
  for (const key of keys) {
    typed(tty, key);
    bed.pass(SEC / 10);
  }
  return { read: log, screen: shown(tty), status: p.status };
}

describe("cooked terminal", () => {
  test("typed line: echoed, delivered at Enter with its newline", () => {
    expect(dialogue("hi", "\r")).toEqual({ read: ["hi\n"], screen: "hi\r\n", status: null });
  });

  test("line unfinished: nothing is delivered", () => {
    expect(dialogue("hi").read).toEqual([]);
  });

  test.each([
    ["DEL erases one character", "ab\x7f", "a\n", "ab\b \b"],
    ["^H too", "ab\b", "a\n", "ab\b \b"],
    ["DEL at the start of the line does nothing", "\x7fa", "a\n", "a"],
    ["DEL erases a whole UTF-8 character", "é\x7fa", "a\n", "é\b \ba"],
    ["DEL erases both columns of ^X", "\x01\x7fa", "a\n", "^A\b \b\b \ba"],
    ["^W erases the word before the cursor and the blanks after it", "foo bar  \x17", "foo \n", `foo bar  ${"\b \b".repeat(5)}`],
    ["^U erases the line", "abc\x15x", "x\n", `abc${"\b \b".repeat(3)}x`],
    ["^V takes the next key literally", "\x16\x03", "\x03\n", "^\b^C"],
    ["^R shows the line again", "ab\x12", "ab\n", "ab^R\r\nab"],
  ])("%s", (_, keys, line, screen) => {
    expect(dialogue(keys, "\r")).toMatchObject({ read: [line], screen: `${screen}\r\n` });
  });

  test("^D on an empty line: end of file; after text: the text without newline", () => {
    expect(dialogue("\x04")).toMatchObject({ read: [""], status: { is: "exited", code: 0 } });
    expect(dialogue("ab", "\x04", "\x04").read).toEqual(["ab", ""]);
  });

  test("two lines typed ahead: one read each", () => {
    expect(dialogue("a\rb\r").read).toEqual(["a\n", "b\n"]);
  });

  test("^C while reading: ^C is echoed, what was typed is forgotten, the reader dies of SIGINT", () => {
    expect(dialogue("abc", "\x03")).toEqual({ read: [], screen: "abc^C", status: { is: "signaled", signal: "SIGINT" } });
  });

  test("^\\: SIGQUIT", () => {
    expect(dialogue("\x1c")).toMatchObject({ screen: "^\\", status: { is: "signaled", signal: "SIGQUIT" } });
  });

  test("^Z: the foreground group stops; SIGCONT goes on reading", () => {
    const bed = new OsTestbed();
    const log: string[] = [];
    const { tty } = bed.onTty(function* (sys) {
      const pid = sys.spawn({ argv: ["r"], pgid: 0, run: reader(log) }) as number;
      sys.tcsetpgrp(0, pid);
      log.push(JSON.stringify({ ...(yield* sys.waitpid({ untraced: true })) as object, pid: 0 }));
      yield* sys.sleep(3 * SEC);
      sys.kill(pid, "SIGCONT");
      yield* sys.waitpid();
      return 0;
    });
    bed.pass(SEC);
    typed(tty, "\x1a");
    bed.pass(SEC);
    const stopped = '{"pid":0,"is":"stopped","signal":"SIGTSTP"}';
    expect(log).toEqual([stopped]);
    typed(tty, "x\r");
    bed.pass(SEC);
    expect(log).toEqual([stopped]);
    bed.pass(2 * SEC);
    expect(log).toEqual([stopped, "x\n"]);
  });

  test("^Z with nobody who could continue: the group is orphaned and goes on", () => {
    const { read, screen, status } = dialogue("\x1a", "a\r");
    expect({ read, screen, status }).toEqual({ read: ["a\n"], screen: "^Za\r\n", status: null });
  });

  test("^C with a handler: read answers EINTR", () => {
    const bed = new OsTestbed();
    let got: unknown;
    const { p, tty } = bed.onTty(function* (sys) {
      sys.signal("SIGINT", () => undefined);
      got = yield* sys.read(0, 10);
      return 0;
    });
    bed.pass(SEC);
    typed(tty, "\x03");
    bed.settle(p);
    expect(got).toBe("EINTR");
  });
});

describe("raw terminal", () => {
  test("bytes pass one by one, unechoed, ^C too; type-ahead of the cooked time is not lost", () => {
    const bed = new OsTestbed();
    const log: string[] = [];
    const { tty } = bed.onTty(function* (sys) {
      yield* sys.sleep(SEC);
      sys.tcsetattr(0, { canonical: false, echo: false, signals: false });
      for (;;) log.push(fromUtf8((yield* sys.read(0, 100)) as Uint8Array));
    });
    bed.pass(SEC / 2);
    typed(tty, "ahead");
    bed.pass(SEC);
    for (const key of ["a", "\x03", "\r"]) {
      typed(tty, key);
      bed.pass(SEC / 10);
    }
    expect(log).toEqual(["ahead", "a", "\x03", "\r"]);
    expect(shown(tty)).toBe("ahead");
  });
});

describe("output", () => {
  test("\\n becomes \\r\\n", () => {
    const bed = new OsTestbed();
    const { p, tty } = bed.onTty(program(function* (sys) { yield* sys.write(1, "a\nb\n"); }));
    bed.settle(p);
    expect(shown(tty)).toBe("a\r\nb\r\n");
  });

  test("a flood nobody takes: writers sleep, at most 1 MiB and a bit is kept; taking it lets them go on", () => {
    const bed = new OsTestbed();
    const { p, tty } = bed.onTty(function* (sys) { for (;;) yield* sys.write(1, new Uint8Array(65536).fill(65)); });
    bed.pass(10 * SEC);
    expect(tty.outputPending).toBeGreaterThan(1024 * 1024 - 1);
    expect(tty.outputPending).toBeLessThan(1.1 * 1024 * 1024);
    expect(p.stateLetter).toBe("S");
    tty.takeOutput();
    bed.pass(SEC / 100);
    expect(tty.outputPending).toBeGreaterThan(10_000);
  });

  test("a flood that is taken all the time: as fast as the line, by simulated time only", () => {
    const amount = (slice: number): number => {
      const bed = new OsTestbed();
      let total = 0;
      const { tty } = bed.onTty(function* (sys) { for (;;) yield* sys.write(1, "y\n"); });
      for (let t = 0; t < SEC / 10; t += slice) {
        bed.pass(slice);
        total += tty.takeOutput().length;
      }
      return total;
    };
    expect(amount(1e6)).toBe(amount(1e7));
    expect(amount(1e6)).toBeLessThan(600_000);
  });
});

describe("job control", () => {
  test("background reader: stopped by SIGTTIN; in the foreground and continued it reads", () => {
    const bed = new OsTestbed();
    const log: string[] = [];
    const news: unknown[] = [];
    const { p, tty } = bed.onTty(function* (sys) {
      const pid = sys.spawn({ argv: ["r"], pgid: 0, run: reader(log) }) as number;
      news.push(yield* sys.waitpid({ untraced: true }));
      sys.tcsetpgrp(0, pid);
      sys.kill(-pid, "SIGCONT");
      news.push(yield* sys.waitpid({ untraced: true }), yield* sys.waitpid({ untraced: true }));
      return 0;
    });
    bed.pass(SEC);
    typed(tty, "x\r");
    bed.pass(SEC);
    typed(tty, "\x04");
    bed.settle(p);
    expect(news).toMatchObject([{ is: "stopped", signal: "SIGTTIN" }, { is: "continued" }, { is: "exited", code: 0 }]);
    expect(log).toEqual(["x\n", ""]);
  });

  test("^C reaches the foreground group only", () => {
    const bed = new OsTestbed();
    const news: unknown[] = [];
    const { p, tty } = bed.onTty(function* (sys) {
      const sleeper: Program = function* (c) { yield* c.sleep(3 * SEC); return 0; };
      const bg = sys.spawn({ argv: ["bg"], pgid: 0, run: sleeper }) as number;
      const fg = sys.spawn({ argv: ["fg"], pgid: 0, run: sleeper }) as number;
      sys.tcsetpgrp(0, fg);
      news.push(yield* sys.waitpid({ who: fg }), yield* sys.waitpid({ who: bg }));
      return 0;
    });
    bed.pass(SEC);
    typed(tty, "\x03");
    bed.settle(p);
    expect(news).toMatchObject([{ is: "signaled", signal: "SIGINT" }, { is: "exited" }]);
  });

  test("the window is closed: SIGHUP ends leader and foreground, /dev/pts/0 is gone", () => {
    const bed = new OsTestbed();
    let child = 0;
    const { p, tty } = bed.onTty(function* (sys) {
      child = sys.spawn({ argv: ["c"], pgid: 0, run: function* (c) { yield* c.sleep(1e12); return 0; } }) as number;
      sys.tcsetpgrp(0, child);
      yield* sys.waitpid();
      return 0;
    });
    bed.pass(SEC);
    tty.hangup();
    bed.pass(SEC);
    expect(p.status).toEqual({ is: "signaled", signal: "SIGHUP" });
    expect(bed.kernel.processes.map((one) => one.number)).toEqual([1]);
    expect(bed.kernel.ttys).toEqual([]);
  });

  test("the session leader ends with a stopped job: the orphaned group gets SIGHUP and SIGCONT", () => {
    const bed = new OsTestbed();
    const { p } = bed.onTty(function* (sys) {
      const pid = sys.spawn({ argv: ["c"], pgid: 0, run: function* (c) { for (;;) yield* c.sleep(SEC); } }) as number;
      yield* sys.sleep(SEC / 10);
      sys.kill(pid, "SIGSTOP");
      yield* sys.waitpid({ untraced: true });
      return 0;
    });
    bed.settle(p);
    bed.pass(SEC);
    expect(bed.kernel.processes.map((one) => one.comm)).toEqual(["systemd"]);
  });

  test("resize: SIGWINCH, and the new size", () => {
    const bed = new OsTestbed();
    const sizes: unknown[] = [];
    const { p, tty } = bed.onTty(function* (sys) {
      sys.signal("SIGWINCH", () => sizes.push(sys.windowSize(0)));
      yield* sys.sleep(10 * SEC);
      return 0;
    });
    bed.pass(SEC);
    tty.resize({ rows: 50, cols: 132 });
    bed.settle(p);
    expect(sizes).toEqual([{ rows: 50, cols: 132 }]);
  });

  test("terminal calls on a pipe: ENOTTY; ttyname and /dev/tty on a terminal", () => {
    const bed = new OsTestbed();
    const { p, tty } = bed.onTty(program(function* (sys) {
      const [r] = sys.pipe();
      expect([sys.isatty(0), sys.isatty(r), sys.tcgetattr(r), sys.ttyname(0)]).toEqual([true, false, "ENOTTY", { path: "/dev/pts/0" }]);
      const own = sys.open("/dev/tty", { write: true }) as number;
      yield* sys.write(own, "hello");
    }));
    bed.settle(p);
    expect(shown(tty)).toBe("hello");
    expect(bed.run(program(function* (sys) { yield* sys.write(1, String(sys.open("/dev/tty", { write: true }))); })).stdout).toBe("ENXIO");
  });
});
