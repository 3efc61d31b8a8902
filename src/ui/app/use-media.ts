import { useSyncExternalStore } from "react";

/** Whether a media query holds, kept up to date. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => { list.removeEventListener("change", listener); };
    },
    () => matchMedia(query).matches,
  );
}

export type Breakpoint = "phone" | "tablet" | "laptop" | "wide";

export function useBreakpoint(): Breakpoint {
  const phone = useMedia("(max-width: 759.9px)");
  const tablet = useMedia("(max-width: 1199.9px)");
  const wide = useMedia("(min-width: 1600px)");
  if (phone) return "phone";
  if (tablet) return "tablet";
  return wide ? "wide" : "laptop";
}
