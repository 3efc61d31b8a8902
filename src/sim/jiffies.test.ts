import { expect, test } from "vitest";
import { wheelExpiryNs } from "./jiffies.ts";

const MS = 1_000_000;

test("a second asked for at a bucket's edge is 1.024 s, as ARP's retransmissions on Linux are", () => {
  expect(wheelExpiryNs(0, 1000 * MS)).toBe(1024 * MS);
  expect(wheelExpiryNs(1024 * MS, 1000 * MS)).toBe(2048 * MS);
});

test.each([[0, 4, 8], [0, 100, 104], [0, 252, 256], [0, 256, 288], [0, 1000, 1024], [0, 5000, 5120], [3, 1000, 1024]])("at %i ms, %i ms end at %i ms", (now, delay, end) => {
  expect(wheelExpiryNs(now * MS, delay * MS)).toBe(end * MS);
});

test("never early", () => {
  for (let now = 0; now < 50; now++) for (const delay of [1, 9, 250, 999, 2048, 30_000]) expect(wheelExpiryNs(now * 7 * MS, delay * MS)).toBeGreaterThanOrEqual((now * 7 + delay) * MS);
});
