import { expect, it } from "vitest";
import { NetTestbed } from "../../../testing/net-testbed.ts";
import { initMetrics, rttEstimator, sampleRtt, updateRttMin } from "./rtt.ts";
import { TcpSock } from "./tcp-sock.ts";

const MS = 1000;

/** A connection all of whose data is acknowledged up to `una`. */
function connection(): TcpSock {
  const tp = new TcpSock(new NetTestbed().host("a"));
  tp.sndNxt = 1;
  return tp;
}

/** Takes samples, ms, each a round trip of its own; the timeout after each, ms. */
function timeouts(tp: TcpSock, samples: readonly number[]): readonly number[] {
  return samples.map((ms) => {
    tp.sndUna = tp.sndNxt + 1;
    tp.sndNxt += 2;
    sampleRtt(tp, ms * MS);
    return tp.rtoNs / 1e6;
  });
}

it("a first sample: timeout = sample + 200 ms at least, whole jiffies of 4 ms; three samples when those are more", () => {
  expect(timeouts(connection(), [50])).toEqual([252]);
  expect(timeouts(connection(), [20])).toEqual([220]);
  expect(timeouts(connection(), [1])).toEqual([204]);
  expect(timeouts(connection(), [300])).toEqual([900]);
});

it("equal samples: the variation decays to its floor, not below", () => {
  const tp = connection();
  timeouts(tp, Array.from({ length: 60 }, () => 300));
  expect(tp.rtoNs / 1e6).toBeGreaterThanOrEqual(500);
  expect(tp.rtoNs / 1e6).toBeLessThanOrEqual(508);
  expect(tp.srttUs >> 3).toBe(300 * MS);
});

it("a round trip that becomes shorter does not lengthen the timeout, one that becomes longer does at once", () => {
  const shorter = connection();
  const [before, after] = timeouts(shorter, [400, 100]);
  expect(after!).toBeLessThan(before!);
  const longer = connection();
  const [low, high] = timeouts(longer, [50, 400]);
  expect(high!).toBeGreaterThan(low! + 100);
});

it("a sample ends the back-off; a handshake without one falls back to three seconds", () => {
  const tp = connection();
  tp.backoff = 3;
  timeouts(tp, [50]);
  expect(tp.backoff).toBe(0);
  const none = connection();
  initMetrics(none);
  expect(none.rtoNs).toBe(3e9);
});

it("the shortest round trip: a lone runt's longer sample does not count, after five minutes a longer one takes over", () => {
  const bed = new NetTestbed();
  const tp = new TcpSock(bed.host("a"));
  updateRttMin(tp, 40 * MS, false);
  updateRttMin(tp, 90 * MS, true);
  expect(tp.minRttUs).toBe(40 * MS);
  bed.pass(301);
  updateRttMin(tp, 90 * MS, false);
  expect(tp.minRttUs).toBe(90 * MS);
});

it("the estimator keeps eighths of a smoothed round trip and quarters of its variation", () => {
  const tp = connection();
  rttEstimator(tp, 80 * MS);
  expect([tp.srttUs, tp.mdevUs]).toEqual([640 * MS, 160 * MS]);
  rttEstimator(tp, 160 * MS);
  expect([tp.srttUs, tp.mdevUs]).toEqual([720 * MS, 200 * MS]);
});
