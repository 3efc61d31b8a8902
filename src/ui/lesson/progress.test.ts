import { expect, test } from "vitest";
import { loadProgress, progressWords, saveProgress } from "./progress.ts";

class Memory {
  readonly #kept = new Map<string, string>();
  getItem(key: string): string | null { return this.#kept.get(key) ?? null; }
  setItem(key: string, value: string): void { this.#kept.set(key, value); }
}

const blocked = { getItem: (): string => { throw new Error("blocked"); }, setItem: (): void => { throw new Error("blocked"); } };
const some = { version: 1, steps: 3, marks: { listen: "solved", send: "skipped" } } as const;

test("progress saved is progress loaded, and only solved steps count as done", () => {
  const memory = new Memory();
  saveProgress(memory, "c2-09-trace", some);
  expect(progressWords(loadProgress(memory, "c2-09-trace"))).toBe("1 of 3 steps done");
});

test("a lesson never begun has no progress", () => {
  expect(progressWords(loadProgress(new Memory(), "other"))).toBe("");
});

test("a browser that blocks storage loses progress, not the lesson", () => {
  expect(() => { saveProgress(blocked, "x", some); }).not.toThrow();
  expect(loadProgress(blocked, "x")).toBeNull();
});
