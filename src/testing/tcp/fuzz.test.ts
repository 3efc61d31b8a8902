import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Netdev } from "../../net/core/netdev.ts";
import { ipRcv } from "../../net/ipv4/ip-input.ts";
import { TCP_ARROWS } from "../../net/sock/tcp/state.ts";
import type { Tcb } from "../../net/sock/tcp/tcb.ts";
import { TcpSock } from "../../net/sock/tcp/tcp-sock.ts";
import type { TcpState } from "../../net/uapi/sock-diag.ts";
import { IPPROTO_TCP, writeIpv4 } from "../../wire/ipv4.ts";
import { TCP_ACK, TCP_ACK_SEQ, TCP_FLAGS, TCP_HLEN, TCP_OFF, TCP_SEQ, TCP_SRC, TCP_WIN, TCP_DST, setTcpChecksum } from "../../wire/tcp.ts";
import { writeU16, writeU32 } from "../../wire/addr.ts";
import { NetTestbed, ipOf } from "../net-testbed.ts";

/** A segment that may be anything; numbers are distances from what the socket expects, so that most are not far off. */
interface Wild {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly bytes: number;
  readonly options: Uint8Array;
}
type Step = { readonly is: "segment"; readonly wild: Wild } | { readonly is: "send" | "recv"; readonly bytes: number } | { readonly is: "pass"; readonly ms: number } | { readonly is: "shutdown" | "close" | "accept" };

const near = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, -1, 2, 100, -100, 1448) }, fc.integer({ min: -70_000, max: 70_000 }), fc.integer());
const flags = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0x10, 0x18, 0x11, 0x10, 0x10) }, fc.constantFrom(0x02, 0x12, 0x04, 0x14), fc.integer({ min: 0, max: 255 }));
const options = fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 40 }));
const wild = fc.record({ seq: near, ack: near, flags, window: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 })), bytes: fc.integer({ min: 0, max: 1460 }), options });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: wild.map((w) => ({ is: "segment", wild: w }) as const) },
  fc.record({ is: fc.constantFrom("send" as const, "recv" as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ is: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({ is: fc.constantFrom("shutdown" as const, "close" as const, "accept" as const) }),
);

/** MSS 1460, SACK permitted. */
const SYN_OPTIONS = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 1, 1);
const PEER = ipOf("10.0.0.2");
const SELF = ipOf("10.0.0.1");
const PORT = 80;
const PEER_PORT = 5000;

class Bench {
  readonly bed = new NetTestbed();
  readonly dev: Netdev;
  readonly sock: TcpSock;
  child: TcpSock | null = null;

  constructor(active: boolean) {
    [this.dev] = this.bed.wire("a e0 10.0.0.1/24", "b e0 10.0.0.2/24");
    this.sock = new TcpSock(this.bed.host("a"));
    this.sock.bind({ family: "inet", addr: ipOf("0.0.0.0"), port: PORT });
    if (active) this.sock.connect({ family: "inet", addr: PEER, port: PEER_PORT }, 0);
    else this.sock.listen(2);
    // What leaves goes nowhere: the other side is the fuzzer.
    this.bed.host("b").hooks.register("ip", "prerouting", { priority: 0, name: "hole", run: () => "drop" });
  }

  get target(): Tcb {
    return this.child ?? this.sock.acceptQueue[0] ?? this.sock;
  }

  inject(w: Wild): void {
    const tp = this.target;
    const [req] = this.sock.synQueue;
    const [seq, ack] = req !== undefined && tp === this.sock ? [req.rcvNxt, (req.sntIsn + 1) >>> 0] : [tp.rcvNxt, tp.state === "SYN_SENT" ? tp.sndNxt : tp.sndUna];
    const optionBytes = (w.options.length + 3) & ~3;
    const skb = this.bed.world.alloc(20 + TCP_HLEN + optionBytes + w.bytes);
    const { buf, start } = skb;
    buf.fill(0, start, skb.end);
    writeIpv4(buf, start, { tos: 0, totalBytes: skb.length, id: 0, frag: 0x4000, ttl: 64, protocol: IPPROTO_TCP, src: PEER, dst: SELF });
    const at = start + 20;
    writeU16(buf, at + TCP_SRC, PEER_PORT);
    writeU16(buf, at + TCP_DST, PORT);
    writeU32(buf, at + TCP_SEQ, (seq + w.seq) >>> 0);
    writeU32(buf, at + TCP_ACK_SEQ, (w.flags & TCP_ACK) !== 0 ? (ack + w.ack) >>> 0 : 0);
    buf[at + TCP_OFF] = ((TCP_HLEN + optionBytes) / 4) << 4;
    buf[at + TCP_FLAGS] = w.flags;
    writeU16(buf, at + TCP_WIN, w.window);
    buf.set(w.options, at + TCP_HLEN);
    setTcpChecksum(buf, at, skb.end, start);
    skb.dev = this.dev;
    skb.iif = this.dev.ifindex;
    ipRcv(this.bed.host("a"), skb);
  }

  /** The handshake as it should be, so that most runs are about connections. */
  open(active: boolean): void {
    const plain = { seq: 0, ack: 0, window: 60_000, bytes: 0, options: SYN_OPTIONS };
    this.inject({ ...plain, flags: active ? 0x12 : 0x02 });
    if (!active) this.inject({ ...plain, flags: 0x10, options: new Uint8Array(0) });
  }

  play(s: Step): void {
    const tp = this.target as TcpSock;
    // Without a descriptor no program can call any more.
    if (tp.orphan && s.is !== "segment" && s.is !== "pass") return;
    if (s.is === "segment") this.inject(s.wild);
    else if (s.is === "send") tp.send({ data: new Uint8Array(s.bytes) }, 0);
    else if (s.is === "recv") tp.recv({ maxBytes: s.bytes });
    else if (s.is === "pass") this.bed.pass(s.ms / 1000);
    else if (s.is === "shutdown") tp.shutdown("write");
    else if (s.is === "close") tp.close();
    else {
      const got = this.sock.accept();
      if (typeof got !== "string") this.child = got as TcpSock;
    }
  }
}

/** Counters agree with the queues they count. */
function checkBooks(tp: Tcb): void {
  const sum = (queue: readonly { readonly truesize: number }[]): number => queue.reduce((n, s) => n + s.truesize, 0);
  expect(tp.rmemAlloc).toBe(sum(tp.rcvQueue.slice(tp.rcvHead)) + sum(tp.ofoQueue));
  let [wmem, count, sacked, lost, retrans] = [0, 0, 0, 0, 0];
  for (let seg = tp.rtxQueue.head; seg !== null; seg = seg.next) {
    count++;
    wmem += seg.len + 832;
    sacked += seg.sacked & 1;
    retrans += (seg.sacked >> 1) & 1;
    lost += (seg.sacked >> 2) & 1;
  }
  for (let seg = tp.writeQueue.head; seg !== null; seg = seg.next) wmem += seg.len + 832;
  expect([tp.packetsOut, tp.retransOut, tp.lostOut]).toEqual([count, retrans, lost]);
  if (tp.rxOpt.sackOk) expect(tp.sackedOut).toBe(sacked);
  expect(tp.wmemQueued).toBe(wmem);
  expect(tp.cwnd).toBeGreaterThan(0);
}

const isArrow = (from: string, to: string): boolean => to === "CLOSE" || (TCP_ARROWS[from as TcpState] ?? []).includes(to as TcpState);

describe("any segments in any state", () => {
  for (const active of [true, false]) {
    it(`${active ? "a connecting" : "a listening"} socket: only arrows of the state table, and the books are right`, () => {
      fc.assert(fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (opened, steps) => {
        const bench = new Bench(active);
        if (opened) bench.open(active);
        for (const s of steps) {
          bench.play(s);
          checkBooks(bench.target);
        }
        bench.bed.pass(200);
        for (const e of bench.bed.events) if (e.kind === "tcp.state" && e.tcp !== null) expect(isArrow(e.tcp.before, e.tcp.after), `${e.tcp.before} → ${e.tcp.after}`).toBe(true);
      }), { numRuns: 300, seed: 7 });
    });
  }
});
