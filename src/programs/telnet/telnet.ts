import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { STDERR, STDIN, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { Out } from "../lib/out.ts";
import { gaiStrerror, getaddrinfo } from "../lib/resolve.ts";
import { parseTelnet, shownEscape, type TelnetOptions } from "./options.ts";
import { Prompt } from "./prompt.ts";
import { Session } from "./session.ts";

/** telnet(1) of GNU inetutils 2.4: connects, and carries lines both ways. */
export const telnet: Program = function* (sys, argv) {
  const command = parseTelnet(argv);
  const out = new Out(sys, STDOUT);
  if (command.is === "stop") {
    yield* out.text(command.stdout);
    yield* out.flush();
    if (command.stderr !== "") yield* sys.write(STDERR, command.stderr);
    return command.status;
  }
  const { options } = command;
  const terminal = sys.tcgetattr(STDIN);
  try {
    return yield* new Telnet(sys, options, out).main();
  } finally {
    if (!isErrno(terminal)) sys.tcsetattr(STDIN, terminal);
  }
};

class Telnet {
  readonly #sys: Sys;
  readonly #o: TelnetOptions;
  readonly #out: Out;

  constructor(sys: Sys, o: TelnetOptions, out: Out) {
    this.#sys = sys;
    this.#o = o;
    this.#out = out;
  }

  *main(): Task<number> {
    const { host, port, escape, escapeNamed } = this.#o;
    if (escapeNamed) yield* this.#out.text(`Telnet escape character is ${shownEscape(escape)}.\n`);
    let status = 0;
    if (host !== null) status = yield* this.#open(host, port);
    else yield* new Prompt(this.#sys, this.#out, escape, (name, service) => this.#open(name, service)).loop(null);
    yield* this.#out.flush();
    return status;
  }

  /** Tries each address; then the session. */
  *#open(host: string, port: string): Task<number> {
    const sys = this.#sys;
    const found = yield* getaddrinfo(sys, host, { port, proto: "tcp", onlyInet: true });
    if (found.is === "failed") {
      yield* this.#out.text(`Server lookup failure:  ${host}:${port}, ${gaiStrerror(found.error)}\n`);
      return 1;
    }
    for (const [i, to] of found.addrs.entries()) {
      yield* this.#out.text(`Trying ${formatIp4(to.addr)}...\n`);
      const fd = sys.socket("inet", "stream");
      if (isErrno(fd)) return yield* this.#fail(`telnet: socket: ${strerror(fd)}\n`);
      const bad = (yield* this.#bind(fd)) ?? (yield* sys.connect(fd, to));
      if (bad === undefined) return yield* this.#converse(host, fd);
      sys.close(fd);
      if (i < found.addrs.length - 1) yield* sys.write(STDERR, `telnet: connect to address ${formatIp4(to.addr)}: ${strerror(bad)}\n`);
      else return yield* this.#fail(`telnet: Unable to connect to remote host: ${strerror(bad)}\n`);
    }
    return 1;
  }

  *#bind(fd: number): Task<ReturnType<Sys["bind"]>> {
    if (this.#o.from === null) return undefined;
    const own = yield* getaddrinfo(this.#sys, this.#o.from, { passive: true, onlyInet: true });
    return own.is === "failed" ? "EADDRNOTAVAIL" : this.#sys.bind(fd, own.addrs[0]);
  }

  *#fail(text: string): Task<number> {
    if (this.#sys.isatty(STDOUT)) yield* this.#out.flush();
    yield* this.#sys.write(STDERR, text);
    return 1;
  }

  *#converse(host: string, fd: number): Task<number> {
    const { escape } = this.#o;
    yield* this.#out.text(`Connected to ${host}.\nEscape character is ${shownEscape(escape)}.\n`);
    yield* this.#out.flush();
    const session = new Session(this.#sys, this.#out, fd, escape);
    const prompt = new Prompt(this.#sys, this.#out, escape, (name, service) => this.#open(name, service));
    for (;;) {
      const ended = yield* session.run();
      if (ended === "prompt") {
        const next = yield* prompt.once({ host, session });
        if (next === "resume") continue;
        this.#sys.close(fd);
        return 0;
      }
      this.#sys.close(fd);
      yield* this.#out.flush();
      yield* this.#sys.write(STDERR, "Connection closed by foreign host.\n");
      return 0;
    }
  }
}
