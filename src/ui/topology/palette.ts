import type { PacketKind } from "./classify.ts";

/** The colours the canvases draw with: the page's own tokens, read once a theme. */
export interface Palette {
  readonly canvas: string;
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly line: string;
  readonly control: string;
  readonly bad: string;
  readonly sans: string;
  readonly mono: string;
  readonly bar: string;
  readonly fills: Readonly<Record<PacketKind | "drop", string | null>>;
  /** Forced colours: outlines and letters only. */
  readonly forced: boolean;
}

const FILLS = {
  icmp: "#E69F00", arp: "#F0E442", tcp: "#0072B2", http: "#0072B2", udp: "#56B4E9", vxlan: "#009E73", drop: "#D55E00",
  control: null, other: null,
} as const;
const NO_FILLS = { icmp: null, arp: null, tcp: null, http: null, udp: null, vxlan: null, drop: null, control: null, other: null } as const;

/** Letters on fills: #111 everywhere except on the TCP blue. */
export const letterOn = (kind: PacketKind | "drop", palette: Palette): string =>
  palette.fills[kind] === null ? palette.ink : kind === "tcp" || kind === "http" ? "#FFFFFF" : "#111111";

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const fonts = { sans: token("--font", "system-ui, sans-serif"), mono: token("--mono", "ui-monospace, monospace") };
  if (globalThis.matchMedia?.("(forced-colors: active)").matches) return forcedPalette(element, fonts);
  return {
    canvas: token("--canvas", "#F5F7FA"), surface: token("--surface", "#FFFFFF"), ink: token("--ink", "#1A2233"),
    muted: token("--muted", "#55607A"), accent: token("--accent", "#0B5CAD"), accentSoft: token("--accent-soft", "#E4EEFA"),
    line: token("--line", "#CDD4E0"), control: token("--control", "#76829A"), bad: token("--bad", "#A33A00"),
    bar: token("--line", "#CDD4E0"), fills: FILLS, forced: false, ...fonts,
  };
}

/** The graph library knows no system colours by name: they are asked of the browser as figures. */
function forcedPalette(element: Element, fonts: { sans: string; mono: string }): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const asked = (name: string): string => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  };
  const [back, text, high] = [asked("Canvas"), asked("CanvasText"), asked("Highlight")];
  probe.remove();
  return {
    canvas: back, surface: back, ink: text, muted: text, accent: high, accentSoft: back, line: text, control: text, bad: text, bar: back,
    fills: NO_FILLS, forced: true, ...fonts,
  };
}
