import { expect, test } from "vitest";
import { LATE_PATHS } from "./late-paths.ts";
import { CORE_PROGRAMS } from "./registry-core.ts";
import { PROGRAMS } from "./registry.ts";

test("the list of programs that are fetched later names exactly those", () => {
  const later = [...PROGRAMS.keys()].filter((path) => !CORE_PROGRAMS.has(path));
  expect([...LATE_PATHS].sort()).toEqual(later.sort());
});
