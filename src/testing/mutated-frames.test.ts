import { expect, test } from "vitest";
import { floodWithMutants } from "./mutated-frames.ts";

test("twenty thousand mutated frames at every device of the lab: nothing throws, no program crashes", () => {
  expect(floodWithMutants(20_000, 1)).toEqual({ frames: 20_000, crashes: 0 });
});
