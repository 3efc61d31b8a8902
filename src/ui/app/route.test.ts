import { expect, test } from "vitest";
import { hrefOf, parseRoute } from "./route.ts";

test.each([
  ["", { is: "home" }],
  ["#/", { is: "home" }],
  ["#/lab", { is: "lab", scenario: "two-clusters" }],
  ["#/lab/lab", { is: "lab", scenario: "lab" }],
  ["#/learn/c2-09-trace", { is: "learn", lesson: "c2-09-trace" }],
  ["#/learn/../../etc", { is: "learn", lesson: "" }],
  ["#/somewhere", { is: "home" }],
])("fragment %s is route %o", (fragment, route) => {
  expect(parseRoute(fragment)).toEqual(route);
});

test("an address read back is the same route", () => {
  expect(parseRoute(hrefOf({ is: "learn", lesson: "c2-09-trace" }))).toEqual({ is: "learn", lesson: "c2-09-trace" });
});
