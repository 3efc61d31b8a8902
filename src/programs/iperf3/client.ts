import { type Errno, isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import { UTSNAME } from "../../os/machine.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatDate } from "../lib/date.ts";
import { getaddrinfo } from "../lib/resolve.ts";
import { STATE, makeCookie, parametersOf, readExactly, readState, writeJson, writeState } from "./control.ts";
import { type Failure, failure, isFailure } from "./errors.ts";
import { JsonReport } from "./report-json.ts";
import { connectedLine, intervalText, summaryText } from "./report.ts";
import type { Test } from "./test.ts";

/** "9876", which opens a UDP stream, and the server's answer. */
export const UDP_HELLO = new Uint8Array([0x39, 0x38, 0x37, 0x36]);
export const UDP_ANSWER = new Uint8Array([0x36, 0x37, 0x38, 0x39]);

/** iperf_run_client. */
export class Client {
  readonly #test: Test;
  readonly #sys: Sys;
  readonly #json: JsonReport | null;
  #cookie: Uint8Array = new Uint8Array(0);
  #server: InetAddr | null = null;
  #state: number = STATE.start;

  constructor(test: Test) {
    this.#test = test;
    this.#sys = test.sys;
    this.#json = test.options.json ? new JsonReport(test) : null;
  }

  *run(): Task<Failure | undefined> {
    const test = this.#test;
    test.chance.open(this.#sys);
    if (test.options.verbose && this.#json === null) yield* test.out.text(`iperf 3.12\n${systemInfo(this.#sys)}\n`);
    const failed = (yield* this.#connect()) ?? (yield* this.#loop());
    if (failed === undefined) {
      yield* test.out.text(this.#json === null ? "\niperf Done.\n" : this.#json.text());
      return undefined;
    }
    if (this.#json === null) return failed;
    yield* test.out.text(this.#json.text(failed));
    return undefined;
  }

  *#connect(): Task<Failure | undefined> {
    const { options, settings } = this.#test;
    const fd = yield* this.#dial(false);
    if (typeof fd === "string") return failure("unable to connect to server", fd);
    this.#test.control = fd;
    this.#sys.setsockopt(fd, "TCP_NODELAY", true);
    this.#cookie = makeCookie(this.#sys);
    const error = yield* this.#sys.write(fd, this.#cookie);
    if (error !== undefined) return failure("unable to send cookie to server", error);
    const mss = this.#sys.getsockopt(fd, "TCP_MAXSEG");
    const known = isErrno(mss) ? 0 : mss;
    if (options.verbose && this.#json === null) yield* this.#test.out.text(`Control connection MSS ${known}\n`);
    if (this.#json !== null) this.#json.mss = known;
    if (settings.udp && settings.blockBytes === 0) {
      settings.blockBytes = known === 0 ? 1460 : known;
      if (options.verbose && this.#json === null) yield* this.#test.out.text(`Setting UDP block size to ${settings.blockBytes}\n`);
    } else if (settings.udp && known > 0 && settings.blockBytes > known) {
      yield* this.#sys.write(2, `warning: UDP block size ${settings.blockBytes} exceeds TCP MSS ${known}, may result in fragmentation / drops\n`);
    }
    this.#test.startCpu();
    return undefined;
  }

  /** netdial: a connection to the server, from the address and port that were asked for. */
  *#dial(data: boolean): Task<number | Errno> {
    const { options, settings } = this.#test;
    if (this.#server === null) {
      const found = yield* getaddrinfo(this.#sys, options.host, { port: options.port, proto: "tcp" });
      if (found.is === "failed") return found.error === "EAI_AGAIN" ? "EAGAIN" : "ENOENT";
      [this.#server] = found.addrs;
    }
    const fd = this.#sys.socket("inet", data && settings.udp ? "dgram" : "stream");
    if (typeof fd === "string") return fd;
    const wrong = data ? this.#test.prepare(fd) : undefined;
    if (wrong !== undefined) return wrong.errno ?? "EINVAL";
    const bound = options.bind === "" ? undefined : yield* this.#bind(fd, data ? options.clientPort : 0);
    const error = bound ?? (yield* this.#connectWithin(fd, this.#server, data ? 0 : options.connectTimeoutMs));
    if (error === undefined) return fd;
    this.#sys.close(fd);
    return error;
  }

  *#bind(fd: number, port: number): Task<Errno | undefined> {
    const found = yield* getaddrinfo(this.#sys, this.#test.options.bind, { port });
    return found.is === "failed" ? "EADDRNOTAVAIL" : this.#sys.bind(fd, found.addrs[0]);
  }

  /** --connect-timeout. */
  *#connectWithin(fd: number, to: InetAddr, timeoutMs: number): Task<Errno | undefined> {
    if (timeoutMs === 0) return yield* this.#sys.connect(fd, to);
    this.#sys.setNonBlock(fd, true);
    const started = yield* this.#sys.connect(fd, to);
    if (started !== "EINPROGRESS") return started;
    const ready = yield* this.#sys.pollFds([{ fd, out: true }], this.#sys.nowNs + timeoutMs * 1e6);
    if (isErrno(ready)) return ready;
    if (ready.length === 0) return "ETIMEDOUT";
    const error = this.#sys.getsockopt(fd, "SO_ERROR");
    this.#sys.setNonBlock(fd, false);
    return error === null ? undefined : error;
  }

  *#loop(): Task<Failure | undefined> {
    const test = this.#test;
    while (this.#state !== STATE.done) {
      const streams = test.running || this.#state === STATE.testEnd ? test.wants() : [];
      const ready = yield* this.#sys.pollFds([{ fd: test.control, in: true }, ...streams], test.running ? test.nextTimerNs(true) : undefined);
      if (test.interrupted) return yield* this.#interrupted();
      if (isErrno(ready)) {
        if (ready === "EINTR") continue;
        return failure("select failed", ready);
      }
      const failed = (yield* this.#control(ready.some((r) => r.fd === test.control))) ?? (yield* test.move(ready)) ?? (test.running ? yield* this.#timers() : undefined);
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  *#timers(): Task<Failure | undefined> {
    const test = this.#test;
    if (test.runTimers()) yield* this.#report();
    test.endOmission();
    if (!test.fulfilled) return undefined;
    test.done = true;
    test.running = false;
    test.endCpu();
    for (const stream of test.streams) stream.closeInterval(test.omitting);
    this.#state = STATE.testEnd;
    return yield* writeState(this.#sys, test.control, STATE.testEnd);
  }

  *#report(): Task<void> {
    if (this.#json !== null) this.#json.interval();
    else yield* this.#test.out.text(intervalText(this.#test));
  }

  /** iperf_handle_message_client. */
  *#control(readable: boolean): Task<Failure | undefined> {
    if (!readable) return undefined;
    const test = this.#test;
    const state = yield* readState(this.#sys, test.control);
    if (isFailure(state)) return failure("unable to receive control message", state.errno ?? "EIO");
    if (state === "end") return failure("control socket has closed unexpectedly");
    this.#state = state;
    switch (state) {
      case STATE.paramExchange: return yield* this.#exchangeParameters();
      case STATE.createStreams: return yield* this.#createStreams();
      case STATE.testStart: return void test.begin();
      case STATE.testRunning: return void (test.running = true);
      case STATE.exchangeResults: return yield* test.exchangeResults();
      case STATE.displayResults: return yield* this.#display();
      case STATE.done: return undefined;
      case STATE.serverTerminate: return yield* this.#ended("the server has terminated");
      case STATE.accessDenied: return failure("the server is busy running a test. try again later");
      case STATE.serverError: return yield* this.#serverError();
      default: return failure("received an unknown control message");
    }
  }

  *#exchangeParameters(): Task<Failure | undefined> {
    const { options, settings, out } = this.#test;
    const failed = yield* writeJson(this.#sys, this.#test.control, parametersOf(settings), "unable to send parameters to server");
    if (failed !== undefined || this.#json !== null) {
      this.#json?.connected(this.#cookie);
      return failed;
    }
    if (options.verbose) yield* out.text(`Time: ${httpDate(this.#sys)}\n`);
    yield* out.text(`Connecting to host ${options.host}, port ${options.port}\n`);
    if (settings.reverse) yield* out.text(`Reverse mode, remote host ${options.host} is sending\n`);
    if (!options.verbose) return undefined;
    const mss = this.#sys.getsockopt(this.#test.control, "TCP_MAXSEG");
    yield* out.text(`      Cookie: ${cookieText(this.#cookie)}\n`);
    if (!settings.udp) yield* out.text(settings.mss > 0 ? `      TCP MSS: ${settings.mss}\n` : `      TCP MSS: ${isErrno(mss) ? 0 : mss} (default)\n`);
    return undefined;
  }

  *#createStreams(): Task<Failure | undefined> {
    const test = this.#test;
    for (let i = 0; i < test.settings.parallel; i++) {
      const fd = yield* this.#dial(true);
      if (typeof fd === "string") return failure("unable to connect stream", fd);
      const failed = yield* test.settings.udp ? this.#greet(fd) : this.#sendCookie(fd);
      if (failed !== undefined) return failed;
      const stream = test.congestion(fd) ?? test.addStream(fd, test.sends);
      if (isFailure(stream)) return stream;
      if (this.#json === null) yield* test.out.text(connectedLine(stream));
    }
    test.retransmitsKnown = test.sends && !test.settings.udp;
    if (this.#json === null && test.options.verbose) yield* test.out.text(startingLine(test));
    return undefined;
  }

  *#sendCookie(fd: number): Task<Failure | undefined> {
    const error = yield* this.#sys.write(fd, this.#cookie);
    return error === undefined ? undefined : failure("unable to send cookie to server", error);
  }

  /** A UDP "connection": one datagram each way, tried for half a minute. */
  *#greet(fd: number): Task<Failure | undefined> {
    const sent = yield* this.#sys.sendmsg(fd, { data: UDP_HELLO });
    if (isErrno(sent)) return failure("unable to connect stream", sent);
    const got = yield* this.#sys.recvmsg(fd, { maxBytes: 64, deadlineNs: this.#sys.nowNs + 30e9 });
    return isErrno(got) ? failure("unable to read from stream socket", got) : undefined;
  }

  /** iperf_client_end. */
  *#display(): Task<Failure | undefined> {
    const test = this.#test;
    for (const stream of test.streams) this.#sys.close(stream.fd);
    if (this.#json !== null) this.#json.interval();
    else yield* test.out.text(intervalText(test) + summaryText(test));
    const failed = yield* writeState(this.#sys, test.control, STATE.done);
    this.#sys.close(test.control);
    this.#state = STATE.done;
    return failed;
  }

  /** It ends before its time: what there is is shown. */
  *#ended(why: string): Task<Failure> {
    const test = this.#test;
    test.endCpu();
    if (test.first !== undefined && test.running) {
      if (test.interrupted) for (const stream of test.streams) stream.closeInterval(test.omitting);
      if (this.#json === null) yield* test.out.text(intervalText(test) + summaryText(test));
    }
    return failure(why);
  }

  *#interrupted(): Task<Failure> {
    const failed = yield* this.#ended("the client has terminated");
    yield* writeState(this.#sys, this.#test.control, STATE.clientTerminate);
    return failed;
  }

  *#serverError(): Task<Failure> {
    yield* readExactly(this.#sys, this.#test.control, 8);
    return failure("the server reports an error");
  }
}

export const cookieText = (cookie: Uint8Array): string => String.fromCharCode(...cookie.subarray(0, cookie.length - 1));
export const systemInfo = (sys: Sys): string => `${UTSNAME.sysname} ${sys.hostname()} ${UTSNAME.release} ${UTSNAME.version} ${UTSNAME.machine}`;

function startingLine(test: Test): string {
  const s = test.settings;
  const amount = s.durationSec > 0 ? `${s.durationSec} second test` : s.bytes > 0 ? `${s.bytes} bytes to send` : `${s.blocks} blocks to send`;
  return `Starting Test: protocol: ${s.udp ? "UDP" : "TCP"}, ${s.parallel} streams, ${s.blockBytes} byte blocks, omitting ${s.omitSec} seconds, ${amount}, tos ${s.tos}\n`;
}

/** RFC 1123, GMT. */
export const httpDate = (sys: Sys): string => formatDate("%a, %d %b %Y %H:%M:%S GMT", sys.wallTime());
