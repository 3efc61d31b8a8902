import { describe, expect, test } from "vitest";
import type { TerminalOutput } from "../../protocol/messages.ts";
import { OutputQueue } from "./output-queue.ts";
import type { Redraw } from "./output-queue.ts";

const text = (redraw: Redraw): string => redraw.is === "nothing" ? "" : `${redraw.is}:${redraw.chunks.map((chunk) => String.fromCharCode(...chunk.data)).join("")}`;
const chunk = (data: string, seq: number, gated = true): TerminalOutput => ({
  terminal: 1, data: Uint8Array.from(data, (letter) => letter.charCodeAt(0)), seq, gated,
});

function queue(...chunks: readonly TerminalOutput[]): OutputQueue {
  const made = new OutputQueue();
  for (const one of chunks) made.push(one);
  return made;
}

describe("output of a terminal", () => {
  test("gated output waits until the view has played what happened before it", () => {
    const q = queue(chunk("reply", 5));
    expect([text(q.showLive(4)), q.isWaiting]).toEqual(["", true]);
    expect([text(q.showLive(5)), q.isWaiting]).toEqual(["more:reply", false]);
  });

  test("the echo of a key does not wait for the picture", () => {
    expect(text(queue(chunk("x", 9, false)).showLive(0))).toBe("more:x");
  });

  test("a prompt behind waiting output waits with it", () => {
    const q = queue(chunk("reply", 5), chunk("# ", 5, false));
    expect(text(q.showLive(0))).toBe("");
    expect(text(q.showLive(5))).toBe("more:reply# ");
  });

  test("stepping back writes the screen of that instant again", () => {
    const q = queue(chunk("a", 1), chunk("b", 2), chunk("c", 3));
    q.showLive(3);
    expect(text(q.showPast(1))).toBe("again:a");
    expect(text(q.showPast(1))).toBe("");
    expect(text(q.showPast(2))).toBe("more:b");
  });

  test("back to live shows the rest, and what arrived meanwhile", () => {
    const q = queue(chunk("a", 1), chunk("b", 2));
    q.showLive(2);
    q.showPast(0);
    q.push(chunk("c", 3));
    expect(text(q.showLive(3))).toBe("more:abc");
  });

  test("a megabyte of output leaves at most half a megabyte to look back at", () => {
    const q = new OutputQueue();
    for (let i = 0; i < 1024; i++) {
      q.push(chunk("x".repeat(1024), i));
      q.showLive(i);
    }
    const back = q.showPast(1022);
    expect(back.is === "again" && back.chunks.length).toBe(511);
  });
});
