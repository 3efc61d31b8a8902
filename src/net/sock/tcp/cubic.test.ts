import { expect, it } from "vitest";
import { NetTestbed } from "../../../testing/net-testbed.ts";
import { congestionByName } from "./congestion.ts";
import { TcpSock } from "./tcp-sock.ts";

/** A sender whose window is always full. */
function sender(name: string, cwnd: number, ssthresh: number): { readonly bed: NetTestbed; readonly tp: TcpSock } {
  const bed = new NetTestbed();
  bed.pass(1);
  const tp = new TcpSock(bed.host("a"));
  tp.ca = congestionByName(name)!;
  tp.ca.init?.(tp);
  tp.cwnd = cwnd;
  tp.ssthresh = ssthresh;
  tp.isCwndLimited = true;
  return { bed, tp };
}

/** `rounds` round trips of 40 ms, every segment acknowledged by itself; the window after each. */
function grow(name: string, cwnd: number, ssthresh: number, rounds: number, lossAt = cwnd): readonly number[] {
  const { bed, tp } = sender(name, lossAt, ssthresh);
  if (lossAt !== cwnd) tp.ssthresh = tp.ca.ssthresh(tp);
  tp.cwnd = cwnd;
  return Array.from({ length: rounds }, () => {
    for (let i = 0, n = tp.cwnd; i < n; i++) {
      bed.pass(0.04 / n);
      tp.ca.congAvoid(tp, 0, 1);
    }
    return tp.cwnd;
  });
}

it("slow start doubles the window a round trip, up to ssthresh", () => {
  expect(grow("reno", 10, 1000, 4)).toEqual([20, 40, 80, 160]);
  expect(grow("cubic", 10, 1000, 4)).toEqual([20, 40, 80, 160]);
  expect(grow("reno", 10, 25, 2)).toEqual([20, 25]);
});

it("Reno then grows by one segment a round trip, and a loss halves", () => {
  expect(grow("reno", 10, 10, 5)).toEqual([10, 11, 12, 13, 14].map((n) => n + 1));
  expect(sender("reno", 21, 1000).tp.ca.ssthresh(sender("reno", 21, 1000).tp)).toBe(10);
});

it("CUBIC keeps 717/1024 of the window, and remembers less of it when the last loss was at a larger one (fast convergence)", () => {
  const { tp } = sender("cubic", 100, 1000);
  expect(tp.ca.ssthresh(tp)).toBe(70);
  tp.cwnd = 70;
  expect(tp.ca.ssthresh(tp)).toBe(49);
});

it("after a loss CUBIC is fast at first, flat near the window of the loss, then faster again", () => {
  // K = ∛(300 segments / 0.4) = 9.1 s: 227 round trips.
  const windows = grow("cubic", 700, 700, 420, 1000);
  const step = (from: number, to: number): number => windows[to]! - windows[from]!;
  expect(Math.abs(windows[227]! - 1000)).toBeLessThan(15);
  expect(step(217, 237)).toBeLessThan(5);
  expect(step(0, 20)).toBeGreaterThan(60);
  expect(step(399, 419)).toBeGreaterThan(40);
});

it("a window that is not used does not grow", () => {
  const { tp } = sender("cubic", 50, 10);
  tp.isCwndLimited = false;
  for (let i = 0; i < 500; i++) tp.ca.congAvoid(tp, 0, 1);
  expect(tp.cwnd).toBe(50);
});
