/**
 * Where in the page one is. Addresses are fragments ("#/learn/c2-09-trace"): any plain static host, under
 * any path, serves the one document for all of them, without rewrite rules or pages rendered ahead.
 */
export type Route =
  | { readonly is: "home" }
  | { readonly is: "lab"; readonly scenario: string }
  | { readonly is: "learn"; readonly lesson: string };

export const DEFAULT_SCENARIO = "two-clusters";
/** Scenarios that exist; a link to another one opens the default and says so. */
export const SCENARIOS: Readonly<Record<string, string>> = {
  "two-clusters": "Two clusters",
  lab: "One machine",
};

/** Reads a fragment, with or without "#". Anything unknown is home. */
export function parseRoute(fragment: string): Route {
  const [where = "", what = ""] = fragment.replace(/^#?\/?/, "").split(/[/?#]/);
  if (where === "lab") return { is: "lab", scenario: what === "" ? DEFAULT_SCENARIO : safe(what) };
  if (where === "learn" && what !== "") return { is: "learn", lesson: safe(what) };
  return { is: "home" };
}

export function hrefOf(route: Route): string {
  if (route.is === "lab") return `#/lab/${route.scenario}`;
  return route.is === "learn" ? `#/learn/${route.lesson}` : "#/";
}

/** Names are used to look files up: only what a name may contain. */
function safe(name: string): string {
  return name.replace(/[^a-z0-9-]/g, "");
}
