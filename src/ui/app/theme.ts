import { useEffect } from "react";
import { useApp, usePref } from "./context.ts";
import { useMedia } from "./use-media.ts";

/** Puts theme, text size and motion on the document, and tells the player about reduced motion. */
export function useAppearance(): void {
  const { session } = useApp();
  const theme = usePref((all) => all.theme);
  const textScale = usePref((all) => all.textScale);
  const motion = usePref((all) => all.motion);
  const systemDark = useMedia("(prefers-color-scheme: dark)");
  const systemContrast = useMedia("(prefers-contrast: more)");
  const systemStill = useMedia("(prefers-reduced-motion: reduce)");
  useEffect(() => {
    const root = document.documentElement;
    const scheme = systemDark ? "dark" : "light";
    root.dataset["theme"] = theme === "system" ? systemContrast ? "contrast" : scheme : theme;
    root.dataset["scheme"] = scheme;
    root.style.setProperty("--text-scale", String(textScale));
    const still = motion === "reduced" || systemStill;
    root.dataset["motion"] = still ? "reduced" : "full";
    session.player.reducedMotion = still;
  }, [session, theme, textScale, motion, systemDark, systemContrast, systemStill]);
}
