import { describe, expect, test } from "vitest";
import { OsTestbed, program, readToEnd } from "./testbed.ts";
import type { ChildStatus } from "./sys.ts";

const SEC = 1_000_000_000;

describe("process states", () => {
  test("running → exited: status reaches the parent, the zombie is gone afterwards", () => {
    const bed = new OsTestbed();
    let news: unknown;
    let states: string[] = [];
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ run: function* () { return 7; }, argv: ["child"] }) as number;
      yield* sys.sleep(SEC);
      states = bed.kernel.processes.filter((p) => p.number === pid).map((p) => p.stateLetter);
      news = yield* sys.waitpid({ who: pid });
      states.push(String(bed.kernel.processes.filter((p) => p.number === pid).length));
    }));
    expect(news).toEqual({ pid: expect.any(Number), is: "exited", code: 7 });
    expect(states).toEqual(["Z", "0"]);
  });

  test("sleeping, SIGSTOP → stopped (timer runs on, wake is held); SIGCONT → goes on; SIGKILL → signaled", () => {
    const bed = new OsTestbed();
    const news: (ChildStatus | string | undefined)[] = [];
    let woken = 0;
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ run: function* (c) { for (;;) { yield* c.sleep(SEC); woken++; } }, argv: ["child"] }) as number;
      yield* sys.sleep(SEC / 2);
      sys.kill(pid, "SIGSTOP");
      news.push(yield* sys.waitpid({ untraced: true }));
      yield* sys.sleep(5 * SEC);
      expect(woken).toBe(0);
      sys.kill(pid, "SIGCONT");
      news.push(yield* sys.waitpid({ untraced: true }));
      yield* sys.sleep(SEC / 100);
      expect(woken).toBe(1);
      sys.kill(pid, "SIGKILL");
      news.push(yield* sys.waitpid({ untraced: true }), yield* sys.waitpid());
    }));
    expect(news.map((n) => (typeof n === "object" ? { ...n, pid: 0 } : n))).toEqual([
      { pid: 0, is: "stopped", signal: "SIGSTOP" }, { pid: 0, is: "continued" }, { pid: 0, is: "signaled", signal: "SIGKILL" }, "ECHILD",
    ]);
  });

  test("fatal signal: finally runs, may sleep and write; the status stays the signal", () => {
    const bed = new OsTestbed();
    const out = bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["child"], run: function* (c) {
        try { yield* c.sleep(100 * SEC); } finally { yield* c.sleep(SEC); yield* c.write(1, "summary\n"); }
        return 0;
      } }) as number;
      yield* sys.sleep(SEC);
      sys.kill(pid, "SIGTERM");
      const news = yield* sys.waitpid();
      yield* sys.write(1, JSON.stringify({ ...(news as ChildStatus), pid: 0 }) + (sys.nowNs >= 2 * SEC));
    }));
    expect(out.stdout).toBe('summary\n{"pid":0,"is":"signaled","signal":"SIGTERM"}true');
  });

  test("fatal signal while finally sleeps: the second one ends it at once", () => {
    const bed = new OsTestbed();
    const p = bed.start(function* (sys) {
      try { yield* sys.sleep(100 * SEC); } finally { yield* sys.sleep(100 * SEC); }
      return 0;
    }, [bed.kernel.newFeed(new Uint8Array()), bed.kernel.newCapture(), bed.kernel.newCapture()]);
    bed.run(program(function* (sys) {
      yield* sys.sleep(SEC);
      sys.kill(p.number, "SIGTERM");
      yield* sys.sleep(SEC);
      expect(p.alive).toBe(true);
      sys.kill(p.number, "SIGINT");
      yield* sys.sleep(SEC);
    }));
    expect(p.status).toEqual({ is: "signaled", signal: "SIGINT" });
  });

  test("SIGKILL: no finally", () => {
    const bed = new OsTestbed();
    let cleaned = false;
    const out = bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["child"], run: function* (c) {
        try { yield* c.sleep(100 * SEC); } finally { cleaned = true; }
        return 0;
      } }) as number;
      yield* sys.sleep(SEC);
      sys.kill(pid, "SIGKILL");
      yield* sys.waitpid();
    }));
    expect(out.status).toEqual({ is: "exited", code: 0 });
    expect(cleaned).toBe(false);
  });

  test("handler: runs, the sleeping call answers EINTR, the process lives", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["child"], run: function* (c) {
        c.signal("SIGUSR1", (signal) => seen.push(signal));
        seen.push(yield* c.sleep(100 * SEC), c.nowNs < 2 * SEC);
        return 3;
      } }) as number;
      yield* sys.sleep(SEC);
      sys.kill(pid, "SIGUSR1");
      seen.push(yield* sys.waitpid());
    }));
    expect(seen).toEqual(["SIGUSR1", "EINTR", true, { pid: expect.any(Number), is: "exited", code: 3 }]);
  });

  test("ignored signals are inherited by children, handlers are not", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      sys.signal("SIGINT", "ignore");
      sys.signal("SIGTERM", () => undefined);
      const pid = sys.spawn({ argv: ["c"], run: function* (c) {
        seen.push(c.signal("SIGINT", "ignore"), c.signal("SIGTERM", "default"));
        return 0;
      } }) as number;
      yield* sys.waitpid({ who: pid });
    }));
    expect(seen).toEqual(["ignore", "default"]);
  });

  test("parent ends first: the orphan's parent becomes process 1, which buries it", () => {
    const bed = new OsTestbed();
    let pid = 0;
    let ppidOfOrphan = -1;
    bed.run(program(function* (sys) {
      pid = sys.spawn({ argv: ["c"], run: function* (c) {
        yield* c.sleep(SEC);
        ppidOfOrphan = c.ppid;
        return 0;
      } }) as number;
      yield* sys.sleep(1000);
    }));
    bed.pass(5 * SEC);
    expect(ppidOfOrphan).toBe(1);
    expect(bed.kernel.processes.map((p) => p.number)).toEqual([1]);
    expect(pid).toBeGreaterThan(1);
  });

  test("a program that throws: stderr says so, status 134, the kernel goes on and remembers", () => {
    const bed = new OsTestbed();
    const out = bed.run(function* (sys) {
      yield* sys.sleep(1);
      throw new Error("boom");
    }, "", ["ping"]);
    expect(out).toEqual({ stdout: "", stderr: "ping: internal error: boom\n", status: { is: "exited", code: 134 } });
    expect(bed.kernel.crashes.map((c) => c.comm)).toEqual(["ping"]);
    expect(bed.run(program(function* (sys) { yield* sys.write(1, "alive"); })).stdout).toBe("alive");
  });
});

describe("scheduling", () => {
  test("endless loop that computes: simulated time goes on, others run, ^C-like signal ends it", () => {
    const bed = new OsTestbed();
    const p = bed.start(function* (sys) { for (;;) yield* sys.compute(10_000); },
      [bed.kernel.newFeed(new Uint8Array()), bed.kernel.newCapture(), bed.kernel.newCapture()]);
    const out = bed.run(program(function* (sys) {
      yield* sys.sleep(SEC / 10);
      yield* sys.write(1, "ran");
      sys.kill(p.number, "SIGINT");
      yield* sys.sleep(SEC / 10);
    }));
    expect(out.stdout).toBe("ran");
    expect(p.status).toEqual({ is: "signaled", signal: "SIGINT" });
    expect(p.cpuNs).toBeGreaterThan(0.09 * SEC);
  });

  test("endless writer to /dev/null is preempted by the cost of its calls", () => {
    const bed = new OsTestbed();
    const p = bed.start(function* (sys) {
      const fd = sys.open("/dev/null", { write: true }) as number;
      for (;;) yield* sys.write(fd, "y\n");
    }, [bed.kernel.newFeed(new Uint8Array()), bed.kernel.newCapture(), bed.kernel.newCapture()]);
    bed.pass(10_000_000);
    expect(p.alive).toBe(true);
    expect(bed.sim.nowNs).toBe(10_000_000);
  });

  test("same seed: the same schedule, event for event", () => {
    const trace = (): string => {
      const bed = new OsTestbed(7);
      const log: string[] = [];
      bed.run(program(function* (sys) {
        for (let i = 0; i < 5; i++) {
          sys.spawn({ argv: [`c${i}`], run: function* (c) {
            for (let n = 0; n < 5; n++) {
              log.push(`${c.nowNs} ${i}.${n}`);
              yield* (c.random() % 2 ? c.sleep(c.random() % 10_000) : c.compute(c.random() % 5000));
            }
            return 0;
          } });
        }
        while ((yield* sys.waitpid()) !== "ECHILD") log.push("reaped");
      }));
      return log.join("\n");
    };
    expect(trace()).toBe(trace());
    expect(trace().split("\n")).toHaveLength(30);
  });
});

describe("pipes", () => {
  test("yes | head: the reader leaves, the writer dies of SIGPIPE", () => {
    const bed = new OsTestbed();
    let yesEnd: unknown;
    const out = bed.run(program(function* (sys) {
      const [r, w] = sys.pipe();
      const yes = sys.spawn({ argv: ["yes"], fds: new Map([[1, w]]), run: function* (c) { for (;;) yield* c.write(1, "y\n"); } }) as number;
      const head = sys.spawn({ argv: ["head"], fds: new Map([[0, r], [1, 1]]), run: function* (c) {
        const got = yield* c.read(0, 6);
        yield* c.write(1, got as Uint8Array);
        return 0;
      } }) as number;
      sys.close(r);
      sys.close(w);
      yield* sys.waitpid({ who: head });
      yesEnd = yield* sys.waitpid({ who: yes });
    }));
    expect(out.stdout).toBe("y\ny\ny\n");
    expect(yesEnd).toMatchObject({ is: "signaled", signal: "SIGPIPE" });
  });

  test("full pipe: the writer sleeps at 64 KiB and goes on when it is drained", () => {
    const bed = new OsTestbed();
    let written = 0;
    let seenFull = 0;
    const total = bed.run(program(function* (sys) {
      const [r, w] = sys.pipe();
      sys.spawn({ argv: ["w"], fds: new Map([[1, w]]), run: function* (c) {
        for (let i = 0; i < 40; i++) { yield* c.write(1, new Uint8Array(4096)); written += 4096; }
        return 0;
      } });
      sys.close(w);
      yield* sys.sleep(SEC);
      seenFull = written;
      const text = yield* readToEnd(sys, r);
      yield* sys.write(1, String(text.length));
    }));
    expect(seenFull).toBe(65536);
    expect(total.stdout).toBe(String(40 * 4096));
  });

  test("last writer gone: read answers end of file, poll says readable", () => {
    const bed = new OsTestbed();
    const out = bed.run(program(function* (sys) {
      const [r, w] = sys.pipe();
      sys.close(w);
      const ready = yield* sys.poll([r]);
      const got = yield* sys.read(r, 10);
      yield* sys.write(1, `${JSON.stringify(ready)} ${(got as Uint8Array).length}`);
    }));
    expect(out.stdout).toMatch(/^\[3\] 0$/);
  });

  test("poll with deadline on an empty pipe: empty list at that time", () => {
    const bed = new OsTestbed();
    let at = 0;
    bed.run(program(function* (sys) {
      const [r] = sys.pipe();
      expect(yield* sys.poll([r], SEC)).toEqual([]);
      at = sys.nowNs;
    }));
    expect(at).toBe(SEC);
  });
});

describe("exec", () => {
  test("replaces the program: same pid, handlers reset, close-on-exec fds closed", () => {
    const bed = new OsTestbed();
    bed.kernel.install("/usr/bin/show", function* (sys, argv) {
      yield* sys.write(1, `${argv.join(" ")} ${sys.fds().join(",")} ${String(sys.signal("SIGINT", "default"))}`);
      return 5;
    });
    const out = bed.run(function* (sys) {
      sys.signal("SIGINT", () => undefined);
      sys.setCloseOnExec(sys.dup(1) as number, true);
      yield* sys.exec("/bin/show", ["show", "x"]);
      return 99;
    });
    expect(out).toMatchObject({ stdout: "show x 0,1,2 default", status: { is: "exited", code: 5 } });
  });

  test("a script runs its interpreter with the script as argument; no x bit: EACCES; text without #!: ENOEXEC", () => {
    const bed = new OsTestbed();
    bed.kernel.install("/usr/bin/show", function* (sys, argv) {
      yield* sys.write(1, argv.join("|"));
      return 0;
    });
    const out = bed.run(program(function* (sys) {
      sys.writeFile("/tmp/s", "#! /bin/show -x y\nbody\n");
      sys.writeFile("/tmp/t", "echo hi\n");
      const errors = [sys.spawn({ run: "/tmp/s", argv: ["s"] })];
      sys.chmod("/tmp/s", 0o755);
      sys.chmod("/tmp/t", 0o755);
      errors.push(sys.spawn({ run: "/tmp/t", argv: ["t"] }), sys.spawn({ run: "/nope", argv: ["n"] }), sys.spawn({ run: "/tmp", argv: ["n"] }));
      sys.spawn({ run: "/tmp/s", argv: ["s", "a"] });
      yield* sys.waitpid();
      yield* sys.write(1, ` ${errors.join()}`);
    }));
    expect(out.stdout).toBe("/bin/show|-x y|/tmp/s|a EACCES,ENOEXEC,ENOENT,EACCES");
  });

  test("a copied program runs", () => {
    const bed = new OsTestbed();
    bed.kernel.install("/usr/bin/true", function* () { return 42; });
    const out = bed.run(function* (sys) {
      sys.writeFile("/tmp/mine", sys.readFile("/usr/bin/true") as Uint8Array);
      sys.chmod("/tmp/mine", 0o755);
      sys.spawn({ run: "/tmp/mine", argv: ["mine"] });
      const news = yield* sys.waitpid();
      return (news as { code: number }).code;
    });
    expect(out.status).toEqual({ is: "exited", code: 42 });
  });
});

describe("trace", () => {
  test("programs start and end under the journey of their parent; a new journey begins where it is asked for", () => {
    const bed = new OsTestbed();
    const heard: string[] = [];
    bed.kernel.onJourney = (id, label) => heard.push(`journey ${id}: ${label}`);
    bed.net.world.trace = { event: (e) => heard.push(`${e.kind} ${e.place} ${e.journey} ${e.note}`) };
    bed.run(program(function* (sys) {
      sys.newJourney("c -x");
      sys.spawn({ argv: ["c", "-x"], run: function* (c) { c.kill(c.pid, "SIGTERM"); yield* c.sleep(1); return 0; } });
      yield* sys.waitpid();
    }));
    expect(heard).toEqual(["proc.start box 0 prog", "journey 1: c -x", "proc.start box 1 c -x", "proc.exit box 1 c: SIGTERM", "proc.exit box 1 prog: exit 0"]);
  });
});
