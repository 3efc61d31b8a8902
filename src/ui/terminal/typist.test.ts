import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Typist, beatMs } from "./typist.ts";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe("a command that types itself", () => {
  test("comes letter by letter, and Enter is not among them", () => {
    const got: string[] = [];
    new Typist().type("ls", false, (text) => got.push(text));
    vi.advanceTimersByTime(25);
    expect(got).toEqual(["l"]);
    vi.advanceTimersByTime(25);
    expect(got).toEqual(["l", "s"]);
  });

  test("finishing puts the rest at once", () => {
    const got: string[] = [];
    const typist = new Typist();
    typist.type("ping", false, (text) => got.push(text));
    vi.advanceTimersByTime(25);
    typist.finish();
    expect(got).toEqual(["p", "ing"]);
  });

  test("with reduced motion all of it comes at once", () => {
    const got: string[] = [];
    new Typist().type("ping", true, (text) => got.push(text));
    expect(got).toEqual(["ping"]);
  });

  test("a long command takes 1.2 seconds at most", () => {
    expect(beatMs(400) * 400).toBeCloseTo(1200);
  });
});
