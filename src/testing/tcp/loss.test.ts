import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Netns } from "../../net/core/netns.ts";
import { setCableFault } from "../../net/dev/veth.ts";
import { TcpSock } from "../../net/sock/tcp/tcp-sock.ts";
import type { CableFault } from "../../net/uapi/cable.ts";
import { NetTestbed, ipOf } from "../net-testbed.ts";

/** One byte of the stream, so that a byte out of place is seen. */
const byteAt = (i: number): number => (i * 31 + (i >> 8)) & 255;

interface Transfer {
  readonly received: number;
  readonly wrongAt: number;
  readonly ended: boolean;
  readonly error: string | null;
}

/** Sends `bytes` from a to b over a bad cable, both programs always ready; stops after an hour of simulated time. */
function transfer(fault: Partial<CableFault>, bytes: number, seed: number): Transfer {
  const bed = new NetTestbed(seed);
  bed.world.trace = null;
  const [dev] = bed.wire("a e0 10.0.0.1/24", "b e0 10.0.0.2/24");
  const listener = listen(bed.host("b"));
  setCableFault(dev, fault);
  const client = new TcpSock(bed.host("a"));
  const started = client.connect({ family: "inet", addr: ipOf("10.0.0.2"), port: 80 }, 0);
  expect(started).toBe("EINPROGRESS");
  let sent = 0;
  const data = Uint8Array.from({ length: bytes }, (_, i) => byteAt(i));
  const state = { received: 0, wrongAt: -1, ended: false, error: null as string | null };
  let server: TcpSock | null = null;
  for (let i = 0; i < 720_000 && !state.ended && state.error === null; i++) {
    bed.pass(0.005);
    while (sent < bytes) {
      const n = client.send({ data: data.subarray(sent) }, 0);
      if (typeof n === "string") {
        if (n !== "EAGAIN") state.error = n;
        break;
      }
      sent += n;
    }
    if (sent === bytes) client.shutdown("write");
    const child: unknown = server ?? listener.accept();
    if (child instanceof TcpSock) server = child;
    if (server !== null) drain(server, state);
  }
  return state;
}

function listen(ns: Netns): TcpSock {
  const listener = new TcpSock(ns);
  listener.bind({ family: "inet", addr: ipOf("0.0.0.0"), port: 80 });
  listener.listen(5);
  return listener;
}

function drain(sock: TcpSock, state: { received: number; wrongAt: number; ended: boolean; error: string | null }): void {
  for (;;) {
    const got = sock.recv({ maxBytes: 65536 });
    if (got === "EAGAIN") return;
    if (typeof got === "string") {
      state.error = got;
      return;
    }
    if (got.data.length === 0) {
      state.ended = true;
      return;
    }
    got.data.forEach((b, i) => {
      if (b !== byteAt(state.received + i) && state.wrongAt < 0) state.wrongAt = state.received + i;
    });
    state.received += got.data.length;
  }
}

describe("a stream over a bad cable", () => {
  it("loss, duplicates, reordering and spoilt bits: every byte arrives once and in order, or the connection errors", () => {
    const percent = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most });
    const faults = fc.record({ lossPercent: percent(30), duplicatePercent: percent(30), reorderPercent: percent(30), corruptPercent: percent(10), delayNs: fc.integer({ min: 0, max: 50_000_000 }) });
    fc.assert(fc.property(faults, fc.integer({ min: 1, max: 60_000 }), fc.nat(1000), (fault, bytes, seed) => {
      const got = transfer(fault, bytes, seed);
      expect(got.wrongAt).toBe(-1);
      if (got.error === null) expect([got.received, got.ended]).toEqual([bytes, true]);
    }), { numRuns: 60, seed: 1 });
  });

  it("five per cent of loss: the whole stream arrives", () => {
    expect(transfer({ lossPercent: 5, delayNs: 5_000_000 }, 500_000, 3)).toEqual({ received: 500_000, wrongAt: -1, ended: true, error: null });
  });
});
