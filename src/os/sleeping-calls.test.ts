import { describe, expect, test } from "vitest";
import { devOpen } from "../net/core/dev.ts";
import { ip4 } from "../wire/addr.ts";
import { OsTestbed, program } from "./testbed.ts";

const SEC = 1_000_000_000;

describe("a signal and what was waited for, at the same instant", () => {
  test("waitpid with a SIGCHLD handler: the child's status, not EINTR", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      sys.signal("SIGCHLD", (signal) => seen.push(signal));
      sys.spawn({ argv: ["c"], run: function* (c) { yield* c.sleep(SEC); return 4; } });
      seen.push(yield* sys.waitpid());
    }));
    expect(seen).toEqual(["SIGCHLD", { pid: expect.any(Number), is: "exited", code: 4 }]);
  });

  test("sleep with a SIGCHLD handler: EINTR when the child ends", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      sys.signal("SIGCHLD", () => undefined);
      sys.spawn({ argv: ["c"], run: function* (c) { yield* c.sleep(SEC); return 0; } });
      seen.push(yield* sys.sleep(10 * SEC), sys.nowNs < 2 * SEC);
    }));
    expect(seen).toEqual(["EINTR", true]);
  });

  test("kill of oneself: a handler has run when kill returns; a fatal signal ends it at the next call", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    const out = bed.run(program(function* (sys) {
      sys.signal("SIGUSR1", (signal) => seen.push(signal));
      sys.kill(sys.pid, "SIGUSR1");
      seen.push("after");
      sys.kill(sys.pid, "SIGTERM");
      yield* sys.write(1, "never printed");
    }));
    expect(seen).toEqual(["SIGUSR1", "after"]);
    expect(out).toMatchObject({ stdout: "", status: { is: "signaled", signal: "SIGTERM" } });
  });
});

describe("sockets", () => {
  test("UDP over lo: bound, sent, received with the sender's address; recv with a deadline: EAGAIN then", () => {
    const bed = new OsTestbed();
    devOpen(bed.net.loopback);
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      const lo = ip4(0x7f000001);
      const a = sys.socket("inet", "dgram", "udp") as number;
      const b = sys.socket("inet", "dgram", "udp") as number;
      expect(sys.bind(a, { family: "inet", addr: lo, port: 7000 })).toBeUndefined();
      expect(yield* sys.sendmsg(b, { data: Uint8Array.from([1, 2]), to: { family: "inet", addr: lo, port: 7000 } })).toBe(2);
      const got = yield* sys.recvmsg(a, { maxBytes: 100 });
      seen.push(typeof got === "string" ? got : [...got.data]);
      seen.push(yield* sys.recvmsg(a, { maxBytes: 1, deadlineNs: 3 * SEC }), sys.nowNs >= 3 * SEC && sys.nowNs < 3.3 * SEC);
      seen.push(sys.isatty(a), sys.bind(0, { family: "inet", addr: lo, port: 1 }), sys.bind(99, { family: "inet", addr: lo, port: 1 }));
    }));
    expect(seen).toEqual([[1, 2], "EAGAIN", true, false, "ENOTSOCK", "EBADF"]);
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("^C while receiving: EINTR with a handler", () => {
    const bed = new OsTestbed();
    let got: unknown;
    const { p, tty } = bed.onTty(function* (sys) {
      sys.signal("SIGINT", () => undefined);
      got = yield* sys.recvmsg(sys.socket("inet", "dgram", "udp") as number, { maxBytes: 1 });
      return 0;
    });
    bed.pass(SEC);
    tty.input(Uint8Array.from([3]));
    bed.settle(p);
    expect(got).toBe("EINTR");
  });
});
