import { type Errno, isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr, PollWant } from "../../net/uapi/socket.ts";
import { type Sys, type Task } from "../../os/sys.ts";
import { IP4_ANY } from "../../wire/addr.ts";
import { getaddrinfo } from "../lib/resolve.ts";
import type { Out } from "../lib/out.ts";
import { UDP_ANSWER } from "./client.ts";
import { COOKIE_BYTES, STATE, readExactly, readJson, readState, settingsFrom, writeState } from "./control.ts";
import { type Failure, failure, isFailure, theirDoing } from "./errors.ts";
import type { Options } from "./options.ts";
import { addressOf, connectedLine, intervalText, summaryText } from "./report.ts";
import type { Test} from "./test.ts";
import { portOf } from "./test.ts";

const RULE = "-----------------------------------------------------------\n";
/** A receiving server gives up when nothing comes for so long (--rcv-timeout). */
const RECEIVE_TIMEOUT_NS = 120e9;

/** A listening socket on the server's port (netannounce). IPv6 is not simulated, so it listens on IPv4 only. */
export function* announce(sys: Sys, options: Options): Task<number | Failure> {
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd)) return failure("unable to start listener for connections", fd);
  sys.setsockopt(fd, "SO_REUSEADDR", true);
  const at = yield* bindAddress(sys, options);
  const error = isErrno(at) ? at : (sys.bind(fd, at) ?? sys.listen(fd, 0x7fffffff));
  if (error === undefined) return fd;
  sys.close(fd);
  return failure("unable to start listener for connections", error);
}

function* bindAddress(sys: Sys, options: Options): Task<InetAddr | Errno> {
  if (options.bind === "") return { family: "inet", addr: IP4_ANY, port: options.port };
  const found = yield* getaddrinfo(sys, options.bind, { port: options.port });
  return found.is === "failed" ? "EADDRNOTAVAIL" : found.addrs[0];
}

/** iperf_run_server: listens, and serves one test. */
export class Server {
  readonly #test: Test;
  readonly #sys: Sys;
  readonly #out: Out;
  #listener = -1;
  #udpListener = -1;
  #cookie: Uint8Array = new Uint8Array(0);
  #state: number = STATE.start;
  #heardNs = 0;

  constructor(test: Test) {
    this.#test = test;
    this.#sys = test.sys;
    this.#out = test.out;
  }

  *run(number: number): Task<Failure | undefined> {
    const fd = yield* announce(this.#sys, this.#test.options);
    if (isFailure(fd)) return fd;
    this.#listener = fd;
    yield* this.#out.text(`${RULE}Server listening on ${this.#test.options.port} (test #${number})\n${RULE}`);
    yield* this.#out.flush();
    const failed = yield* this.#loop();
    for (const open of [...this.#test.streams.map((s) => s.fd), this.#test.control, this.#listener, this.#udpListener]) if (open >= 0) this.#sys.close(open);
    this.#test.closeFiles();
    yield* this.#out.flush();
    return failed;
  }

  *#loop(): Task<Failure | undefined> {
    const test = this.#test;
    while (this.#state !== STATE.done) {
      const ready = yield* this.#sys.pollFds(this.#wants(), this.#deadlineNs());
      if (test.interrupted) return yield* this.#interrupted();
      if (isErrno(ready)) {
        if (ready === "EINTR") continue;
        return failure("select failed", ready);
      }
      const has = (fd: number): boolean => fd >= 0 && ready.some((r) => r.fd === fd);
      if (ready.length > 0) this.#heardNs = this.#sys.nowNs;
      else if (test.running && !test.sends && this.#sys.nowNs - this.#heardNs >= RECEIVE_TIMEOUT_NS) return failure("idle timeout for receiving data");
      const failed = (yield* this.#accept(has(this.#listener), has(this.#udpListener))) ?? (yield* this.#control(has(test.control)))
        ?? (test.running ? yield* test.move(ready) : undefined) ?? (yield* this.#timers());
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  #wants(): readonly PollWant[] {
    const test = this.#test;
    const own = [this.#listener, test.control, this.#udpListener].filter((fd) => fd >= 0).map((fd) => ({ fd, in: true }));
    return test.running ? [...own, ...test.wants()] : own;
  }

  #deadlineNs(): number | undefined {
    const test = this.#test;
    if (!test.running) return undefined;
    return Math.min(test.nextTimerNs(false) ?? Infinity, this.#heardNs + RECEIVE_TIMEOUT_NS);
  }

  *#timers(): Task<undefined> {
    const test = this.#test;
    if (!test.running) return undefined;
    if (test.runTimers()) yield* this.#out.text(intervalText(test));
    test.endOmission();
    return undefined;
  }

  *#accept(tcp: boolean, udp: boolean): Task<Failure | undefined> {
    if (udp && this.#state === STATE.createStreams) return yield* this.#acceptUdp();
    if (!tcp) return undefined;
    if (this.#state === STATE.createStreams && !this.#test.settings.udp) return yield* this.#acceptStream();
    const fd = yield* this.#sys.accept(this.#listener);
    if (isErrno(fd)) return failure("unable to accept connection from client", fd);
    if (this.#test.control < 0) return yield* this.#welcome(fd);
    yield* this.#sys.write(fd, new Uint8Array([STATE.accessDenied & 255]));
    this.#sys.close(fd);
    return undefined;
  }

  /** iperf_accept: cookie, parameters, and a place to connect streams to. */
  *#welcome(fd: number): Task<Failure | undefined> {
    const test = this.#test;
    test.control = fd;
    this.#sys.setsockopt(fd, "TCP_NODELAY", true);
    const cookie = yield* readExactly(this.#sys, fd, COOKIE_BYTES);
    if (!(cookie instanceof Uint8Array)) return failure("unable to receive cookie at server");
    this.#cookie = cookie.slice();
    const failed = yield* this.#setState(STATE.paramExchange);
    if (failed !== undefined) return failed;
    const json = yield* readJson(this.#sys, fd, "unable to receive parameters from client");
    if (isFailure(json)) return json;
    for (const key of ["bidirectional", "sctp", "authtoken", "fqrate", "zerocopy"]) if (json[key] !== undefined) return failure(`iperf3 parameter ${key}: not simulated here`);
    test.settings = settingsFrom(json);
    const opened = test.settings.udp ? this.#openUdp() : yield* this.#reopenTcp();
    if (opened !== undefined) return opened;
    const told = yield* this.#setState(STATE.createStreams);
    if (told !== undefined) return told;
    const peer = this.#sys.getpeername(fd);
    if (!isErrno(peer)) yield* this.#out.text(`Accepted connection from ${addressOf(peer)}, port ${portOf(peer)}\n`);
    return undefined;
  }

  /** iperf_tcp_listen: options of streams are inherited from the listener, which is made anew for them. */
  *#reopenTcp(): Task<Failure | undefined> {
    const { settings } = this.#test;
    if (!settings.noDelay && settings.mss === 0 && settings.windowBytes === 0) return undefined;
    this.#sys.close(this.#listener);
    const fd = yield* announce(this.#sys, this.#test.options);
    if (isFailure(fd)) return fd;
    this.#listener = fd;
    return this.#test.prepare(fd);
  }

  #openUdp(): Failure | undefined {
    const fd = this.#sys.socket("inet", "dgram");
    if (isErrno(fd)) return failure("unable to start stream listener", fd);
    this.#sys.setsockopt(fd, "SO_REUSEADDR", true);
    const error = this.#sys.bind(fd, { family: "inet", addr: IP4_ANY, port: this.#test.options.port });
    if (error !== undefined) return failure("unable to start stream listener", error);
    this.#udpListener = fd;
    return this.#test.prepare(fd);
  }

  *#acceptStream(): Task<Failure | undefined> {
    const fd = yield* this.#sys.accept(this.#listener);
    if (isErrno(fd)) return failure("unable to accept stream connection", fd);
    const cookie = yield* readExactly(this.#sys, fd, COOKIE_BYTES);
    if (!(cookie instanceof Uint8Array)) return failure("unable to receive cookie at server");
    if (cookie.some((byte, i) => byte !== this.#cookie[i])) {
      yield* this.#sys.write(fd, new Uint8Array([STATE.accessDenied & 255]));
      this.#sys.close(fd);
      return undefined;
    }
    return (this.#test.congestion(fd)) ?? (yield* this.#streamReady(fd));
  }

  /** The first datagram names the peer: its socket is connected to it, and another takes its place for the next. */
  *#acceptUdp(): Task<Failure | undefined> {
    const fd = this.#udpListener;
    const got = yield* this.#sys.recvmsg(fd, { maxBytes: 64 });
    if (isErrno(got) || got.from === undefined) return failure("unable to accept stream connection", isErrno(got) ? got : "EINVAL");
    const error = yield* this.#sys.connect(fd, got.from);
    if (error !== undefined) return failure("unable to accept stream connection", error);
    this.#udpListener = -1;
    if (this.#test.streams.length + 1 < this.#test.settings.parallel) {
      const failed = this.#openUdp();
      if (failed !== undefined) return failed;
    }
    const sent = yield* this.#sys.sendmsg(fd, { data: UDP_ANSWER });
    return isErrno(sent) ? failure("unable to write to stream socket", sent) : yield* this.#streamReady(fd);
  }

  *#streamReady(fd: number): Task<Failure | undefined> {
    const test = this.#test;
    const stream = test.addStream(fd, test.sends);
    if (isFailure(stream)) return stream;
    yield* this.#out.text(connectedLine(stream));
    if (test.streams.length < test.settings.parallel) return undefined;
    test.retransmitsKnown = test.sends && !test.settings.udp;
    test.startCpu();
    const failed = yield* this.#setState(STATE.testStart);
    if (failed !== undefined) return failed;
    test.begin();
    test.running = true;
    this.#heardNs = this.#sys.nowNs;
    return yield* this.#setState(STATE.testRunning);
  }

  *#setState(state: number): Task<Failure | undefined> {
    this.#state = state;
    return yield* writeState(this.#sys, this.#test.control, state);
  }

  /** iperf_handle_message_server. */
  *#control(readable: boolean): Task<Failure | undefined> {
    if (!readable) return undefined;
    const test = this.#test;
    const state = yield* readState(this.#sys, test.control);
    if (isFailure(state)) return failure("unable to receive control message", state.errno ?? "EIO");
    if (state === "end") {
      this.#state = STATE.done;
      return theirDoing("the client has unexpectedly closed the connection");
    }
    this.#state = state;
    if (state === STATE.testEnd) return yield* this.#end();
    if (state === STATE.clientTerminate) return yield* this.#terminated();
    return state === STATE.done || state === STATE.testStart ? undefined : failure("received an unknown control message");
  }

  *#end(): Task<Failure | undefined> {
    const test = this.#test;
    this.#stop();
    yield* this.#out.text(intervalText(test) + summaryText(test));
    return (yield* this.#setState(STATE.exchangeResults)) ?? (yield* test.exchangeResults()) ?? (yield* this.#setState(STATE.displayResults));
  }

  #stop(): void {
    const test = this.#test;
    test.done = true;
    test.running = false;
    test.endCpu();
    for (const stream of test.streams) {
      stream.closeInterval(test.omitting);
      this.#sys.close(stream.fd);
    }
  }

  /** As there, the last interval is told once more, and what came after it is not an interval. */
  *#terminated(): Task<Failure> {
    const test = this.#test;
    test.running = false;
    test.endCpu();
    yield* this.#out.text(intervalText(test) + summaryText(test));
    for (const stream of test.streams) this.#sys.close(stream.fd);
    this.#state = STATE.done;
    return theirDoing("the client has terminated");
  }

  *#interrupted(): Task<Failure> {
    const test = this.#test;
    if (test.running) {
      this.#stop();
      yield* this.#out.text(intervalText(test) + summaryText(test));
    }
    if (test.control >= 0) yield* writeState(this.#sys, test.control, STATE.serverTerminate);
    return failure("the server has terminated");
  }
}
