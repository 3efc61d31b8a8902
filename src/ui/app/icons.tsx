import type { ReactElement } from "react";

const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M6 4.5h4v15H6zM14 4.5h4v15h-4z",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  hop: "M5 5l7 7-7 7M12 5l7 7-7 7",
  hopBack: "M19 5l-7 7 7 7M12 5l-7 7 7 7",
  start: "M6 5v14M18 5l-9 7 9 7",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  chevron: "M6 9l6 6 6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  enter: "M19 6v7H6M10 8.5L5.5 13l4.5 4.5",
  check: "M5 12.5l4.5 4.5L19 7",
  foldLeft: "M4 4h16v16H4zM10 4v16",
  foldDown: "M4 4h16v16H4zM4 14h16",
  foldRight: "M4 4h16v16H4zM15 4v16",
} as const;

export type IconName = keyof typeof PATHS;
const SOLID: ReadonlySet<IconName> = new Set(["play", "pause"]);

/** A decorative drawing: the control's own label says what it does. */
export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return <svg className={SOLID.has(name) ? "icon-svg solid" : "icon-svg"} viewBox="0 0 24 24" aria-hidden="true"><path d={PATHS[name]} /></svg>;
}
