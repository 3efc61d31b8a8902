import { wordsOf, infoOf } from "./packetdrill-words.ts";
import { splitArgs } from "./packetdrill-args.ts";
import { runCode } from "./packetdrill-code.ts";
import { type ActualSegment, difference, segmentText, timeDifference, toScript } from "./packetdrill-compare.ts";
import { type LiveSegment, type PdConnection, buildIcmp, buildSegment, readSegment } from "./packetdrill-packet.ts";
import type { PdEvent, PdSegment, PdTime } from "./packetdrill-script.ts";
import { runShell, applySuiteDefaults } from "./packetdrill-shell.ts";
import { type Call, PD_LOCAL, PD_REMOTE, PdStage } from "./packetdrill-stage.ts";
import { type CallResult, Descriptors, MAKES_FD, systemCall } from "./packetdrill-syscalls.ts";

/** How a script ended. `at` = the event that failed, as text; `unsupported` = commands that could not be obeyed. */
export interface PdOutcome {
  readonly pass: boolean;
  readonly at: string;
  readonly why: string;
  readonly unsupported: readonly string[];
}

export interface PlayOptions {
  /** The suite was recorded with its own kernel parameters in force, also for scripts that do not set them. */
  readonly suiteDefaults?: boolean;
  /** Tolerance for scripts that name none; default 4 ms, as packetdrill has it. */
  readonly toleranceMs?: number;
  /** Hears of every segment of the connection that left, in the script's numbers, and of what the script prints; at the end. */
  readonly onSent?: (atNs: number, segment: ActualSegment) => void;
  readonly onPrint?: (line: string) => void;
}

type SyscallEvent = Extract<PdEvent, { k: "syscall" }>;
const DEFAULT_TOLERANCE_NS = 4_000_000;
/** packetdrill waits this long past the expected time before it says that a packet never came. */
const PATIENCE_NS = 2_000_000_000;
/** A call that is not marked as sleeping must answer within this. */
const AT_ONCE_NS = 50_000_000;

/** Plays a script against the simulated stack. */
export function playScript(events: readonly PdEvent[], options: PlayOptions = {}): PdOutcome {
  return new Player(events, options).play();
}

class Mismatch extends Error {}

class Player {
  readonly #events: readonly PdEvent[];
  readonly #options: PlayOptions;
  readonly #stage: PdStage;
  readonly #fds = new Descriptors();
  readonly #unsupported: string[] = [];
  readonly #names = new Map<string, number | string>();
  readonly #startNs: number;
  #conn: PdConnection | null = null;
  #sniffedAt = 0;
  #passive = false;
  #listening = false;
  #remotePort = 40_000;
  #toleranceNs: number;
  #tolerancePercent = 12.5;
  #mtu = 1500;
  #lastNs = 0;
  #anchored = false;
  #sleeping: { readonly call: Call; readonly event: SyscallEvent; readonly endNs: number } | null = null;

  constructor(events: readonly PdEvent[], options: PlayOptions) {
    this.#events = events;
    this.#options = options;
    this.#toleranceNs = options.toleranceMs === undefined ? DEFAULT_TOLERANCE_NS : options.toleranceMs * 1e6;
    for (const event of events) if (event.k === "option") this.#option(event.text);
    this.#stage = new PdStage(this.#mtu);
    if (options.suiteDefaults === true) applySuiteDefaults(this.#stage);
    this.#startNs = this.#stage.sim.nowNs;
  }

  #option(text: string): void {
    const value = Number(/=(\S+)/.exec(text)?.[1]);
    if (text.startsWith("--tolerance_usecs")) this.#toleranceNs = value * 1000;
    else if (text.startsWith("--tolerance_percent")) this.#tolerancePercent = value;
    else if (text.startsWith("--mtu")) this.#mtu = value;
    else if (!/^--(?:ip_version=ipv4|mss|non_fatal|tcp_ts_ecr_scaled|tcp_ts_tick_usecs|use_expect)/.test(text)) this.#unsupported.push(text);
  }

  play(): PdOutcome {
    for (const event of this.#events) {
      try {
        this.#run(event);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        this.#tellSent();
        return { pass: false, at: wordsOf(event), why: error.message, unsupported: this.#unsupported };
      }
    }
    const late = this.#awaitSleeping();
    this.#tellSent();
    return { pass: late === null, at: "the end", why: late ?? "", unsupported: this.#unsupported };
  }

  #tellSent(): void {
    const { onSent } = this.#options;
    if (onSent === undefined || this.#conn === null) return;
    for (const { packet, atNs } of this.#stage.sniffed) {
      const live = readSegment(packet, atNs);
      if (live !== null) onSent(atNs - this.#startNs, toScript(this.#conn, live));
    }
  }

  get #nowNs(): number {
    return this.#stage.sim.nowNs - this.#startNs;
  }

  #run(event: PdEvent): void {
    if (event.k === "option") return;
    if (event.k === "unsupported") throw new Mismatch(`not supported: ${event.text}`);
    const inbound = event.k === "inject" || (event.k === "icmp" && event.inbound);
    const offsetNs = inbound && this.#anchored ? this.#lastNs : this.#nowNs;
    const [fromNs, toNs] = range(event.t, offsetNs);
    this.#step(event, fromNs, toNs, offsetNs);
    this.#anchored = inbound;
    this.#lastNs = fromNs;
  }

  #step(event: Exclude<PdEvent, { k: "option" | "unsupported" }>, fromNs: number, toNs: number, offsetNs: number): void {
    if (event.k === "expect") return this.#expect(event.segment, event.t, fromNs, toNs, this.#tolerance(fromNs));
    if (event.t !== null) this.#passUntil(fromNs);
    switch (event.k) {
      case "shell": this.#unsupported.push(...runShell(this.#stage, event.text)); return;
      case "code": return this.#code(event.text);
      case "inject": return this.#inject(event.segment);
      case "icmp": return this.#icmp(event);
      case "syscall": return this.#syscall(event, offsetNs);
    }
  }

  /** Relative to how long the script waits since the event before, 12.5 per cent if that is more. */
  #tolerance(fromNs: number): number {
    return Math.max(this.#toleranceNs, (this.#tolerancePercent / 100) * (fromNs - this.#lastNs));
  }

  #passUntil(ns: number): void {
    const until = this.#startNs + ns;
    if (until > this.#stage.sim.nowNs) this.#stage.sim.runUntil(until);
  }

  #code(text: string): void {
    const info = infoOf(this.#stage, this.#fds.current);
    for (const [name, value] of info) this.#names.set(name, value);
    const wrong = runCode(text, this.#names, this.#options.onPrint ?? (() => undefined));
    if (wrong !== null) throw new Mismatch(wrong);
  }

  #inject(segment: PdSegment): void {
    if (this.#conn === null || this.#listening) this.#newPassive(segment);
    const packet = buildSegment(this.#conn!, segment);
    if (typeof packet === "string") throw new Mismatch(packet);
    if (!this.#passive && segment.flags.includes("S")) this.#conn = { ...this.#conn!, remoteIsn: segment.seq };
    this.#stage.inject(packet);
  }

  /** A packet for a listener, or for nobody: from here on the script speaks of this connection. */
  #newPassive(segment: PdSegment): void {
    this.#conn = {
      local: PD_LOCAL, remote: PD_REMOTE, localPort: 8080, remotePort: this.#remotePort++, scriptLocalIsn: 0, liveLocalIsn: 0, remoteIsn: segment.seq, tsLive: new Map(), firstTs: null,
    };
    this.#passive = true;
    this.#listening = false;
  }

  #icmp(event: Extract<PdEvent, { k: "icmp" }>): void {
    if (!event.inbound || this.#conn === null) throw new Mismatch("ICMP that goes out is not supported");
    const packet = buildIcmp(this.#conn, event.icmp);
    if (typeof packet === "string") throw new Mismatch(packet);
    this.#stage.inject(packet);
  }

  #expect(want: PdSegment, t: PdTime, fromNs: number, toNs: number, toleranceNs: number): void {
    const pieces: LiveSegment[] = [];
    for (let bytes = 0; pieces.length === 0 || bytes < want.len;) {
      const live = this.#nextSegment(want, t.is === "any" ? Infinity : Math.max(fromNs, toNs, this.#nowNs));
      pieces.push(live);
      bytes += live.len;
    }
    const first = pieces[0]!;
    const last = pieces.at(-1)!;
    const joined = { ...last, seq: first.seq, len: pieces.reduce((n, p) => n + p.len, 0) };
    this.#learn(want, joined);
    const got = toScript(this.#conn!, joined);
    const wrong = difference(want, got) ?? timeDifference(t, fromNs, toNs, last.atNs - this.#startNs, toleranceNs);
    if (wrong !== null) throw new Mismatch(`${wrong}; actual: ${((last.atNs - this.#startNs) / 1e9).toFixed(6)} > ${segmentText(got)}`);
  }

  /** The next segment of this connection that leaves; others are passed over, as packetdrill does. */
  #nextSegment(want: PdSegment, untilNs: number): LiveSegment {
    const { sniffed } = this.#stage;
    for (;;) {
      const deadline = this.#startNs + Math.min(untilNs + PATIENCE_NS, this.#nowNs + 3600e9);
      if (!this.#stage.waitFor(() => sniffed.length > this.#sniffedAt, deadline)) throw new Mismatch("timed out waiting for the packet");
      const { packet, atNs } = sniffed[this.#sniffedAt++]!;
      const live = readSegment(packet, atNs);
      if (live === null) continue;
      if (this.#conn === null && want.flags === "S") this.#newActive(want, live);
      if (this.#conn !== null && live.dstPort === (want.ports?.[1] ?? this.#conn.remotePort) && live.srcPort === (want.ports?.[0] ?? this.#conn.localPort)) return live;
    }
  }

  #newActive(want: PdSegment, live: LiveSegment): void {
    this.#conn = {
      local: PD_LOCAL, remote: PD_REMOTE, localPort: live.srcPort, remotePort: live.dstPort, scriptLocalIsn: want.seq, liveLocalIsn: live.seq, remoteIsn: 0, tsLive: new Map(), firstTs: null,
    };
    this.#passive = false;
  }

  /** The SYN-ACK's sequence number and every timestamp tell how live numbers map. */
  #learn(want: PdSegment, live: LiveSegment): void {
    const c = this.#conn!;
    if (this.#passive && want.flags.includes("S") && live.flags.includes("S")) {
      c.scriptLocalIsn = want.seq;
      c.liveLocalIsn = live.seq;
    }
    const script = /\bTS val (\d+)/.exec(want.opts ?? "");
    if (script === null || live.tsVal === null) return;
    c.tsLive.set(Number(script[1]), live.tsVal);
    c.firstTs ??= { script: Number(script[1]), live: live.tsVal };
  }

  #syscall(event: SyscallEvent, offsetNs: number): void {
    const late = this.#awaitSleeping();
    if (late !== null) throw new Mismatch(late);
    if (event.name === "listen") {
      this.#listening = true;
    }
    if (event.name === "connect") {
      this.#conn = null;
      this.#listening = false;
    }
    const args = splitArgs(event.args);
    const call = this.#stage.begin((sys) => systemCall(sys, this.#fds, event.name, args));
    if (event.endSec !== null) {
      const endNs = event.endSec * 1e9 + (event.t.is === "relative" ? offsetNs : 0);
      this.#sleeping = { call, event, endNs };
      this.#stage.waitFor(() => call.done, this.#stage.sim.nowNs + 50_000);
      return;
    }
    if (!this.#stage.waitFor(() => call.done, this.#stage.sim.nowNs + AT_ONCE_NS)) throw new Mismatch(`${event.name} sleeps`);
    this.#finish(call, event);
  }

  /** Waits for the call that sleeps; what is wrong with when and how it came back. */
  #awaitSleeping(): string | null {
    const sleeping = this.#sleeping;
    if (sleeping === null) return null;
    this.#sleeping = null;
    const { call, event, endNs } = sleeping;
    if (!this.#stage.waitFor(() => call.done, this.#startNs + endNs + PATIENCE_NS)) return `${event.name} never returned`;
    this.#finish(call, event);
    return timeDifference({ is: "absolute", sec: 0 }, endNs, endNs, call.endNs - this.#startNs, this.#toleranceNs)?.replace("timing", `${event.name} returned`) ?? null;
  }

  #finish(call: Call, event: SyscallEvent): void {
    const result = call.result as CallResult;
    if ("unsupported" in result) throw new Mismatch(`not supported: ${result.unsupported}`);
    const shown = `${event.name}(${event.args})`;
    if (event.errno !== null ? result.value !== event.errno : typeof result.value === "string" || !sameResult(event, result.value)) {
      throw new Mismatch(`${shown}: expected ${event.ret} ${event.errno ?? ""}, actual ${result.value}`);
    }
    if (result.wrong !== undefined) throw new Mismatch(result.wrong);
    if (MAKES_FD.has(event.name) && typeof result.value === "number") this.#fds.live.set(Number(event.ret), result.value);
  }
}

const sameResult = (event: SyscallEvent, value: number): boolean => event.ret === "..." || MAKES_FD.has(event.name) || Number(event.ret) === value;

/** An event's time as ns since the script's start. */
function range(t: PdTime | null, offsetNs: number): readonly [number, number] {
  if (t === null || t.is === "any") return [offsetNs, offsetNs];
  const base = t.is === "relative" || t.is === "relativeRange" ? offsetNs : 0;
  const fromNs = base + Math.round(t.sec * 1e9);
  return [fromNs, t.is === "absoluteRange" || t.is === "relativeRange" ? base + Math.round(t.endSec * 1e9) : fromNs];
}
