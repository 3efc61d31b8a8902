import "./frame.css";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { CSSProperties, ReactElement, ReactNode } from "react";
import { useStore } from "zustand";
import { Inspector } from "../inspector/inspector.tsx";
import { ShellPane } from "../terminal/shell-pane.tsx";
import { TimeBar } from "../time/time-bar.tsx";
import { useApp, useSession } from "./context.ts";
import { GraphPane, PathPane, StripPane } from "./graph-pane.tsx";
import { Icon } from "./icons.tsx";
import type { IconName } from "./icons.tsx";
import { isFolded, rangeOf, setFolded, setSize, sizeOf } from "./layout.ts";
import type { Sized } from "./layout.ts";
import { Separator } from "./separator.tsx";
import { Guard } from "./trouble.tsx";
import { useBreakpoint } from "./use-media.ts";

export type Sheet = "side" | "path" | "shell" | "packets";

type SheetNames = readonly (readonly [Sheet, string])[];

function sheetsOf(sideName: string): SheetNames {
  const always: SheetNames = [["path", "Path"], ["shell", "Shell"], ["packets", "Packets"]];
  return sideName === "" ? always : [["side", sideName], ...always];
}

interface Props {
  /** Lesson or first page; null: none (the lab). Gets the function that folds it. */
  readonly side: ((fold: () => void) => ReactNode) | null;
  readonly sideName: string;
  readonly top: ReactNode;
  readonly children?: ReactNode;
}

function Rail({ label, icon, onOpen }: { readonly label: string; readonly icon: IconName; readonly onOpen: () => void }): ReactElement {
  return (
    <div className="rail">
      <button type="button" className="button icon" aria-label={`Open ${label}`} onClick={onOpen}><Icon name={icon} /></button><span>{label}</span>
    </div>
  );
}

interface PaneProps {
  readonly name: string;
  readonly label: string;
  readonly children: ReactNode;
}

/** A landmark that F6 reaches. */
function Pane({ name, label, children }: PaneProps): ReactElement {
  return (
    <section className={`pane pane-${name}`} data-pane={name} aria-label={label} tabIndex={-1}>
      <Guard what={label}>{children}</Guard>
    </section>
  );
}

function PastWord(): ReactElement {
  return <span className="past-word" aria-hidden="true">Past</span>;
}

function useLayout() {
  const { prefs } = useApp();
  const all = useStore(prefs);
  const breakpoint = useBreakpoint();
  return {
    breakpoint,
    size: (pane: Sized) => sizeOf(all, breakpoint, pane),
    range: (pane: Sized) => rangeOf(breakpoint, pane),
    folded: (pane: Sized) => breakpoint !== "phone" && isFolded(all, breakpoint, pane),
    fold: (pane: Sized, folded: boolean) => { setFolded(prefs, breakpoint, pane, folded); },
    resize: (pane: Sized) => (px: number) => { setSize(prefs, breakpoint, pane, px); },
  };
}

type Layout = ReturnType<typeof useLayout>;

function frameStyle(layout: Layout, hasSide: boolean): CSSProperties & Record<`--${string}`, string> {
  if (layout.breakpoint === "phone") return {};
  return {
    ...(hasSide ? { "--side": `${layout.size("side")}px` } : {}),
    "--dock": layout.breakpoint === "tablet" ? "40dvh" : `${layout.size("dock")}px`,
    "--inspector": `${layout.size("inspector")}px`,
  };
}

function Handle({ layout, pane, label, orientation, edge }: { readonly layout: Layout; readonly pane: Sized; readonly label: string; readonly orientation: "vertical" | "horizontal"; readonly edge: "at-end" | "at-start" | "at-top" }): ReactElement | null {
  if (layout.breakpoint === "phone" || layout.folded(pane)) return null;
  return <Separator label={label} orientation={orientation} edge={edge} value={layout.size(pane)} {...layout.range(pane)} onChange={layout.resize(pane)} />;
}

/** The page's panes. One instant for all: in the past each says so. */
export function Frame({ side, sideName, top, children }: Props): ReactElement {
  const { player, shellsWanted } = useSession();
  // Only the word "past" depends on time here: the panes follow by themselves.
  const past = useSyncExternalStore(player.changed.subscribe, () => player.past);
  const layout = useLayout();
  const [sheet, setSheet] = useState<Sheet>(side === null ? "shell" : "side");
  useEffect(() => shellsWanted.subscribe(() => { setSheet("shell"); }), [shellsWanted]);
  const flags = {
    ...(past ? { "data-past": "" } : {}),
    ...(layout.folded("side") ? { "data-fold-side": "" } : {}),
    ...(layout.folded("dock") ? { "data-fold-dock": "" } : {}),
    ...(layout.folded("inspector") ? { "data-fold-inspector": "" } : {}),
  };
  return (
    <div className={side === null ? "frame no-side" : "frame"} style={frameStyle(layout, side !== null)} data-sheet={sheet} {...flags}>
      {top}
      {side !== null && (
        <Pane name="side" label={sideName}>
          <PastWord />
          {layout.folded("side") ? <Rail label={sideName} icon="foldLeft" onOpen={() => { layout.fold("side", false); }} /> : side(() => { layout.fold("side", true); })}
          <Handle layout={layout} pane="side" label={`Width of ${sideName}`} orientation="vertical" edge="at-end" />
        </Pane>
      )}
      <main className="pane pane-graph" data-pane="graph" aria-label="Picture" tabIndex={-1}>
        {side === null && <h1 className="visually-hidden">Lab</h1>}
        <PastWord /><Guard what="The picture"><GraphPane /></Guard>
      </main>
      <Pane name="strip" label="Packet"><StripPane /></Pane>
      <Pane name="time" label="Time"><TimeBar /></Pane>
      <Pane name="shell" label="Shells">
        <PastWord /><ShellPane onFold={() => { layout.fold("dock", !layout.folded("dock")); }} folded={layout.folded("dock")} />
        <Handle layout={layout} pane="dock" label="Height of shells and inspector" orientation="horizontal" edge="at-top" />
      </Pane>
      {layout.breakpoint === "phone" && <Pane name="path" label="Path">{sheet === "path" && <PathPane />}</Pane>}
      <Pane name="inspector" label="Inspector">
        <PastWord />
        {layout.folded("inspector") ? <Rail label="Inspector" icon="foldRight" onOpen={() => { layout.fold("inspector", false); }} /> : <Inspector onFold={() => { layout.fold("inspector", true); }} />}
        <Handle layout={layout} pane="inspector" label="Width of the inspector" orientation="vertical" edge="at-start" />
      </Pane>
      {layout.breakpoint === "phone" && <TabBar sheet={sheet} names={sheetsOf(side === null ? "" : sideName)} onChoose={setSheet} />}
      {layout.breakpoint === "tablet" && <SheetSwitch sheet={sheet} onChoose={setSheet} />}
      {children}
    </div>
  );
}

function TabBar({ sheet, names, onChoose }: { readonly sheet: Sheet; readonly names: SheetNames; readonly onChoose: (sheet: Sheet) => void }): ReactElement {
  return (
    <nav className="tab-bar" aria-label="Sheets">
      {names.map(([name, label]) => <button key={name} type="button" aria-current={sheet === name} onClick={() => { onChoose(name); }}>{label}</button>)}
    </nav>
  );
}

function SheetSwitch({ sheet, onChoose }: { readonly sheet: Sheet; readonly onChoose: (sheet: Sheet) => void }): ReactElement {
  const shown = sheet === "packets";
  return <button type="button" className="button sheet-switch" aria-pressed={shown} onClick={() => { onChoose(shown ? "shell" : "packets"); }}>Inspector</button>;
}
