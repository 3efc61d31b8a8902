import type { Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { addressName } from "../lib/resolve.ts";
import type { Io } from "../lib/tool.ts";
import type { Failed, TraceMethod, Tracing } from "./method.ts";
import { newProbe, type Probe, timeoutNs } from "./probe.ts";

/** Sends probes hop by hop, many at once, and prints answers in order (do_it). */
export class TraceRun {
  readonly #io: Io;
  readonly #t: Tracing;
  readonly #method: TraceMethod;
  #start: number;
  #end: number;
  #lastSentNs = 0;

  constructor(io: Io, tracing: Tracing, method: TraceMethod) {
    this.#io = io;
    this.#t = tracing;
    this.#method = method;
    const { firstHop, maxHops, probesPerHop } = tracing.options;
    this.#start = (firstHop - 1) * probesPerHop;
    this.#end = maxHops * probesPerHop;
  }

  *run(): Task<Failed | undefined> {
    while (this.#start < this.#end) {
      const next = yield* this.#pass();
      if (typeof next !== "number") return next;
      yield* this.#io.out.flush();
      if (this.#start < this.#end && next > 0) yield* this.#listen(next);
    }
    yield* this.#io.out.text("\n");
    return undefined;
  }

  /** Looks at all probes once: prints, expires, sends. Answers when to look again; 0 = at once. */
  *#pass(): Task<number | Failed> {
    const { probes, options, sys } = this.#t;
    const nowNs = sys.nowNs;
    let nextNs = 0;
    let inFlight = 0;
    for (let n = this.#start; n < this.#end; n++) {
      const probe = probes[n]!;
      if (!probe.done && probe.sentNs > 0 && nowNs - probe.sentNs >= timeoutNs(probes, n, options)) this.#method.expire(probe);
      if (probe.done) {
        if (n === this.#start) yield* this.#print(this.#start++);
        if (probe.final) this.#end = (Math.floor(n / options.probesPerHop) + 1) * options.probesPerHop;
        continue;
      }
      if (probe.sentNs === 0) {
        const dueNs = this.#lastSentNs + options.sendWaitSec * 1e9;
        if (options.sendWaitSec > 0 && this.#lastSentNs > 0 && dueNs > nowNs) return nextNs === 0 ? dueNs : Math.min(nextNs, dueNs);
        const failed = yield* this.#method.send(probe, Math.floor(n / options.probesPerHop) + 1);
        if (failed !== undefined) return failed;
        if (probe.sentNs === 0) return nextNs === 0 ? nowNs + 1e7 : nextNs;
        this.#lastSentNs = probe.sentNs;
      }
      if (nextNs === 0) nextNs = probe.sentNs + timeoutNs(probes, n, options);
      if (++inFlight >= options.atOnce) break;
    }
    return nextNs;
  }

  /** poll(2) counts milliseconds: a rest of one is waited for whole. */
  *#listen(untilNs: number): Task<void> {
    const { sys } = this.#t;
    const waitMs = Math.ceil(Math.max(0, untilNs - sys.nowNs) / 1e6);
    const ready = yield* sys.pollFds(this.#method.fds().map((fd) => ({ fd, in: true })), sys.nowNs + waitMs * 1e6);
    if (typeof ready === "string") return;
    for (const r of ready) {
      yield* this.#method.receive(r.fd, r.err);
      this.#learnMtu();
    }
  }

  /** --mtu: an answer that tells a smaller MTU is for the hop before; the probe goes again, shorter. */
  #learnMtu(): void {
    const t = this.#t;
    if (!t.options.discoverMtu) return;
    for (const probe of t.probes) {
      const told = /^!F-(\d+)$/.exec(probe.mark);
      if (told === null) continue;
      const mtuBytes = Number(told[1]);
      if (mtuBytes < t.headerBytes || mtuBytes >= t.headerBytes + t.dataBytes) continue;
      t.dataBytes = mtuBytes - t.headerBytes;
      Object.assign(probe, newProbe(), { mark: `F=${mtuBytes}` });
    }
  }

  *#print(index: number): Task<void> {
    const { options } = this.#t;
    const probe = this.#t.probes[index]!;
    const at = index % options.probesPerHop;
    const hop = Math.floor(index / options.probesPerHop) + 1;
    let text = at === 0 ? `\n${String(hop).padStart(2)} ` : "";
    if (probe.from === null) text += " *";
    else if (this.#isNews(probe, index, at)) text += yield* this.#address(probe, hop);
    if (probe.gotNs > 0) text += `  ${((probe.gotNs - probe.sentNs) / 1e6).toFixed(3)} ms`;
    if (probe.mark !== "") text += ` ${probe.mark}`;
    yield* this.#io.out.text(text);
  }

  /** Another answers than the last time at this hop. */
  #isNews(probe: Probe, index: number, at: number): boolean {
    const { probes, options } = this.#t;
    for (let i = 1; i <= at; i++) {
      const before = probes[index - i]!;
      if (before.from !== null) return before.from !== probe.from || (options.back && before.gotTtl !== probe.gotTtl);
    }
    return true;
  }

  *#address(probe: Probe, hop: number): Task<string> {
    const addr = probe.from!;
    const number = formatIp4(addr);
    const name = this.#t.options.numeric ? "" : ((yield* addressName(this.#io.sys, addr)) ?? number);
    const shown = this.#t.options.numeric ? ` ${number}` : ` ${name} (${number})`;
    if (!this.#t.options.back || probe.gotTtl === 0) return shown;
    const hops = hopsOf(probe.gotTtl);
    return hops === hop ? shown : `${shown} '-${hops}'`;
  }
}

/** How far an answer came, if its sender began with 64, 128 or 255. */
function hopsOf(ttl: number): number {
  if (ttl <= 64) return 65 - ttl;
  return ttl <= 128 ? 129 - ttl : 256 - ttl;
}
