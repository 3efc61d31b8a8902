import { describe, expect, test } from "vitest";
import { devOpen } from "../../net/core/dev.ts";
import { OsTestbed, program, shown, typed } from "../../os/testbed.ts";
import { IP4_ANY } from "../../wire/addr.ts";
import { fromUtf8, utf8 } from "../../wire/text.ts";
import { telnet } from "./telnet.ts";

const SEC = 1e9;

/** A server that sends a greeting and keeps what it hears, and telnet on a terminal. */
function onTerminal(args: readonly string[] = []): { bed: OsTestbed; tty: ReturnType<OsTestbed["kernel"]["openTty"]>; heard: () => string; alive: () => boolean } {
  const bed = new OsTestbed();
  devOpen(bed.net.loopback);
  let heard = "";
  bed.start(program(function* (sys) {
    const fd = sys.socket("inet", "stream");
    if (typeof fd !== "number") throw new Error(fd);
    sys.bind(fd, { family: "inet", addr: IP4_ANY, port: 5000 });
    sys.listen(fd, 1);
    const caller = yield* sys.accept(fd);
    if (typeof caller !== "number") throw new Error(caller);
    yield* sys.sendmsg(caller, { data: utf8("welcome\r\n") });
    for (;;) {
      const got = yield* sys.recvmsg(caller, { maxBytes: 100 });
      if (typeof got === "string" || got.data.length === 0) return;
      heard += fromUtf8(got.data);
    }
  }), [bed.kernel.newFeed(utf8("")), bed.kernel.newCapture(), bed.kernel.newCapture()]);
  const tty = bed.kernel.openTty();
  const p = bed.start(telnet, tty, ["telnet", ...args, "127.0.0.1", "5000"]);
  bed.pass(SEC);
  return { bed, tty, heard: () => heard, alive: () => p.alive };
}

describe("telnet on a terminal", () => {
  test("connects and shows what the server says; a typed line is echoed, edited and sent with CR LF", () => {
    const { bed, tty, heard } = onTerminal();
    expect(shown(tty)).toBe("Trying 127.0.0.1...\r\nConnected to 127.0.0.1.\r\nEscape character is '^]'.\r\nwelcome\r\n");
    typed(tty, "abx\x7fc\r");
    bed.pass(SEC);
    expect(shown(tty)).toBe("abx\b \bc\r\n");
    expect(heard()).toBe("abc\r\n");
  });

  test("^] → the prompt at once; an empty line goes back, close ends the program", () => {
    const { bed, tty, alive } = onTerminal();
    shown(tty);
    typed(tty, "\x1d");
    bed.pass(SEC);
    expect(shown(tty)).toBe("^]\r\ntelnet> ");
    typed(tty, "status\r");
    bed.pass(SEC);
    expect(shown(tty)).toBe("status\r\nConnected to 127.0.0.1.\r\nOperating in obsolete linemode\r\nLocal character echo\r\nEscape character is '^]'.\r\n");
    typed(tty, "\x1d");
    typed(tty, "close\r");
    bed.pass(SEC);
    expect(shown(tty)).toContain("Connection closed.\r\n");
    expect(alive()).toBe(false);
  });

  test("^C → the other end is interrupted, telnet stays", () => {
    const { bed, tty, alive } = onTerminal();
    typed(tty, "\x03");
    bed.pass(SEC);
    expect(alive()).toBe(true);
  });
});
