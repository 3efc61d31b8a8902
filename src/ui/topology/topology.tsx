import { useEffect, useReducer, useRef, useState, useSyncExternalStore } from "react";
import type { KeyboardEvent, ReactElement, RefObject } from "react";
import type { Session } from "../app/session.ts";
import type { Signal } from "../store/signal.ts";
import { CableMenu } from "./cable-menu.tsx";
import { Outline } from "./outline.tsx";
import { Stage } from "./stage.ts";
import { StageInput } from "./stage-input.ts";
import { addressOf, describePicture, nameOf } from "./words.ts";
import "./topology.css";

export const useVersion = (signal: Signal): number => useSyncExternalStore(signal.subscribe, signal.getVersion);

/**
 * The map of the simulated network with its packets, and beside it the same objects as a tree for
 * keyboard and screen reader. `onPathView` is told when the learner asks for the list of hops (key v).
 */
export function Topology({ session, onPathView }: { readonly session: Session; readonly onPathView?: () => void }): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const { input, stage } = useStage(session, host);
  const [outline, setOutline] = useState(false);
  const { world, selection } = session;
  useVersion(world.changed);
  useVersion(selection.changed);
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || !input) return;
    const path = event.key === "v" && onPathView !== undefined;
    if (path) onPathView();
    if (!path && !input.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section className="topology" aria-label="Topology">
      <div className="topology-top">
        <Breadcrumb session={session} stage={stage} />
        <div className="topology-tools">
          <button type="button" className="button" aria-pressed={outline} onClick={() => { setOutline(!outline); }}>Outline</button>
          <button type="button" className="button icon" aria-label="Zoom out" onClick={() => { stage?.zoom(1 / 1.4); }}><Sign minus /></button>
          <button type="button" className="button" onClick={() => { stage?.fit(); }}>Fit</button>
          <button type="button" className="button icon" aria-label="Zoom in" onClick={() => { stage?.zoom(1.4); }}><Sign /></button>
        </div>
      </div>
      <div className="topology-body">
        <Outline session={session} open={outline} onExpand={(place) => { stage?.expand(place); }} />
        <div ref={host} className="topology-host" tabIndex={0} role="application" aria-roledescription="network map"
          aria-label={describePicture(world)} aria-describedby="topology-keys" onKeyDown={onKey} />
      </div>
      <p id="topology-keys" className="visually-hidden">Arrow keys move along links, Enter looks inside or opens a shell, t opens a shell, plus, minus and 0 zoom. The same objects are in the outline tree.</p>
    </section>
  );
}

interface Held { readonly stage: Stage | null; readonly input: StageInput | null }

/** Builds the stage once there is an element, and again for another session. */
function useStage(session: Session, host: RefObject<HTMLDivElement | null>): Held {
  const [held, setHeld] = useState<Held>({ stage: null, input: null });
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let last = "";
    const stage = new Stage({
      host: element, world: session.world, player: session.player, selection: session.selection, connections: session.connections,
      onView: () => {
        const view = `${stage.level} ${stage.expanded ?? ""}`;
        if (view !== last) again();
        last = view;
      },
    });
    const input = new StageInput(stage, session, element);
    const follow = (): void => { stage.setActive(session.terminals.active?.place ?? null); };
    const end = session.terminals.changed.subscribe(follow);
    follow();
    setHeld({ stage, input });
    return () => { end(); input.destroy(); stage.destroy(); };
  }, [session, host]);
  return held;
}

function Sign({ minus = false }: { readonly minus?: boolean }): ReactElement {
  return <svg className="icon-svg" viewBox="0 0 24 24" aria-hidden="true"><path d={minus ? "M5 12h14" : "M12 5v14M5 12h14"} /></svg>;
}

/** Where the view is, what is selected, and what can be done with it. */
function Breadcrumb({ session, stage }: { readonly session: Session; readonly stage: Stage | null }): ReactElement {
  const { world, selection } = session;
  const { selected } = selection;
  const place = world.places.get(selection.place);
  const name = selected.kind === "device" ? nameOf(world, selected.device) : place?.label ?? "";
  const machine = place?.kind === "worker" ? place.id : place?.parent ?? null;
  const expanded = stage?.expanded ?? null;
  const clusters = world.scene.clusters.length > 0;
  return (
    <nav className="topology-crumbs" aria-label="Place in the map">
      {(expanded !== null || selected.kind !== "none") && <button type="button" className="button" onClick={() => { selection.clear(); stage?.expand(null); }}>All</button>}
      {expanded !== null && expanded !== place?.id && <span className="topology-crumb">{expanded}</span>}
      {name !== "" && <span className="topology-crumb strong">{name} {selected.kind === "place" && <span className="mono muted topology-address">{addressOf(world, selected.place)}</span>}</span>}
      {selected.kind === "device" && <CableMenu session={session} device={selected.device} />}
      {place?.shell === true && <button type="button" className="button primary" onClick={() => { session.focusShell(session.terminals.openAt(place.id)); }}>Shell here</button>}
      {clusters && machine !== null && expanded !== machine && (
        <button type="button" className="button" onClick={() => { stage?.expand(machine); }}>Look in</button>
      )}
    </nav>
  );
}
