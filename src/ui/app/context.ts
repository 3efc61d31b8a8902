import { createContext, useContext, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { Signal } from "../store/signal.ts";
import type { Prefs, PrefsStore } from "./prefs.ts";
import type { Session } from "./session.ts";

export interface App {
  readonly session: Session;
  readonly prefs: PrefsStore;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("outside of AppContext");
  return app;
}

export function useSession(): Session { return useApp().session; }

/** Renders again whenever the signal is bumped. */
export function useSignal(signal: Signal): number {
  return useSyncExternalStore(signal.subscribe, signal.getVersion);
}

export function usePref<T>(pick: (prefs: Prefs) => T): T {
  return useStore(useApp().prefs, pick);
}
