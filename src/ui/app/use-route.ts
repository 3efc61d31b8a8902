import { useSyncExternalStore } from "react";
import { parseRoute } from "./route.ts";
import type { Route } from "./route.ts";

const subscribe = (listener: () => void): (() => void) => {
  addEventListener("hashchange", listener);
  return () => { removeEventListener("hashchange", listener); };
};

/** The route in the address bar. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}
