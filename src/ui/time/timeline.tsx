import { useEffect, useRef } from "react";
import type { KeyboardEvent, PointerEvent, ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import type { Hops } from "./hops.ts";
import { countBefore, hopWords, markerOf } from "./track.ts";
import type { MarkerKind, Track } from "./track.ts";

/** More events than this do not fit a bar: it shows the latest ones. */
const MOST_EVENTS = 600;

const MARKERS: Readonly<Record<MarkerKind, { letter: string; fill: string; path: string; words: string }>> = {
  drop: { letter: "", fill: "var(--pkt-drop)", path: "M2 2.5h10L7 12z", words: "dropped" },
  nat: { letter: "N", fill: "var(--surface)", path: "M1 1h12v12H1z", words: "address translated" },
  encap: { letter: "V", fill: "var(--pkt-vxlan)", path: "M1 4a3 3 0 0 1 3-3h6a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3z", words: "wrapped in VXLAN" },
  arp: { letter: "?", fill: "var(--pkt-arp)", path: "M7 0l7 13H0z", words: "ARP asks" },
  again: { letter: "↻", fill: "var(--surface)", path: "M7 0a7 7 0 1 1-.01 0z", words: "segment sent once more" },
  dupack: { letter: "=", fill: "var(--surface)", path: "M7 0a7 7 0 1 1-.01 0z", words: "duplicate acknowledgement" },
  reset: { letter: "X", fill: "var(--pkt-drop)", path: "M4 0h6l4 4v6l-4 4H4l-4-4V4z", words: "connection reset" },
  window: { letter: "0", fill: "var(--surface)", path: "M1 1h12v12H1z", words: "receive window" },
};

/** Markers without a fill of their own: their letter is ink. */
const LIGHT: ReadonlySet<MarkerKind> = new Set(["nat", "again", "dupack", "window"]);

interface Shown {
  readonly events: readonly LoggedEvent[];
  readonly at: (index: number) => string;
}

function shownPart(track: Track): Shown {
  const events = track.events.slice(-MOST_EVENTS);
  return { events, at: (index) => `${((index + 0.5) / (events.length + 0.5)) * 100}%` };
}

function Marker({ kind, left }: { readonly kind: MarkerKind; readonly left: string }): ReactElement {
  const { letter, fill, path } = MARKERS[kind];
  return (
    <span className="marker" style={{ left }} aria-hidden="true">
      <svg viewBox="0 0 14 14"><path d={path} fill={fill} /></svg>
      <span style={LIGHT.has(kind) ? { color: "var(--ink)" } : undefined}>{letter}</span>
    </span>
  );
}

interface MarksProps {
  readonly shown: Shown;
  readonly position: number;
  /** Beyond it only hops show, not what happens at them. */
  readonly frontier: number;
  readonly hops: Hops;
}

function Marks({ shown, position, frontier, hops }: MarksProps): ReactElement {
  const crowded = shown.events.length > 300;
  return (
    <>
      {shown.events.map((event, index) => {
        const kind = event.seq < frontier ? markerOf(event) : null;
        if (kind !== null) return <Marker key={event.seq} kind={kind} left={shown.at(index)} />;
        if (!hops.isHop(event.seq) || crowded) return null;
        return <span key={event.seq} className={event.seq < position ? "tick done" : "tick"} style={{ left: shown.at(index) }} />;
      })}
    </>
  );
}

/** One tick a hop, markers where something happened to the packet; click, drag or use the arrow keys to go there. */
export function Timeline({ track }: { readonly track: Track }): ReactElement {
  const { player, world } = useSession();
  useSignal(player.changed);
  const bar = useRef<HTMLDivElement>(null);
  const shown = shownPart(track);
  const now = countBefore(shown.events, player.position);
  useCursor(bar, shown);

  const scrub = (event: PointerEvent): void => {
    const box = bar.current?.getBoundingClientRect();
    if (box === undefined) return;
    const index = Math.round(((event.clientX - box.left) / box.width) * (shown.events.length + 0.5));
    const target = shown.events[Math.min(index, shown.events.length) - 1];
    player.seek(target === undefined ? shown.events[0]?.seq ?? 0 : target.seq + 1);
  };
  const current = shown.events[now - 1];
  return (
    <div
      ref={bar} className="timeline" role="slider" tabIndex={0} aria-label="Timeline"
      aria-valuemin={0} aria-valuemax={shown.events.length} aria-valuenow={now}
      aria-valuetext={`${hopWords(track, world.position)}${current === undefined ? "" : `, ${current.place}, ${wordsOf(current)}`}`}
      onKeyDown={(event) => { onTimelineKey(event, shown, now, player); }}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); scrub(event); }}
      onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) scrub(event); }}
    >
      <span className="played" />
      <Marks shown={shown} position={player.position} frontier={player.frontier} hops={player.hops} />
      <span className="cursor" />
    </div>
  );
}

function wordsOf(event: LoggedEvent): string {
  const marker = markerOf(event);
  return marker === null ? event.kind : MARKERS[marker].words;
}

/** Moves the cursor every frame of animation without rendering. */
function useCursor(bar: { readonly current: HTMLDivElement | null }, shown: Shown): void {
  const { player } = useSession();
  const latest = useRef(shown);
  useEffect(() => { latest.current = shown; });
  useEffect(() => {
    let frame = 0;
    const draw = (): void => {
      const { events, at } = latest.current;
      const left = at(countBefore(events, player.position) - 1 + player.fraction);
      const [played, cursor] = [bar.current?.querySelector<HTMLElement>(".played"), bar.current?.querySelector<HTMLElement>(".cursor")];
      if (cursor && played && cursor.style.left !== left) {
        cursor.style.left = left;
        played.style.width = left;
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => { cancelAnimationFrame(frame); };
  }, [bar, player]);
}

interface Seeker {
  seek(position: number): void;
  step(size: "event" | "hop"): void;
  back(size: "event" | "hop"): void;
}

function onTimelineKey(event: KeyboardEvent, shown: Shown, now: number, player: Seeker): void {
  const first = shown.events[0]?.seq ?? 0;
  const last = (shown.events.at(-1)?.seq ?? 0) + 1;
  const isMark = (one: LoggedEvent): boolean => markerOf(one) !== null;
  const nextMark = shown.events.find((one, i) => i >= now && isMark(one));
  const lastMark = shown.events.slice(0, Math.max(0, now - 1)).reverse().find(isMark);
  const actions: Readonly<Record<string, () => void>> = {
    ArrowRight: () => { player.step("event"); },
    ArrowLeft: () => { player.back("event"); },
    ArrowUp: () => { player.step("hop"); },
    ArrowDown: () => { player.back("hop"); },
    PageUp: () => { player.seek(nextMark === undefined ? last : nextMark.seq + 1); },
    PageDown: () => { player.seek(lastMark === undefined ? first : lastMark.seq + 1); },
    Home: () => { player.seek(first); },
    End: () => { player.seek(last); },
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
