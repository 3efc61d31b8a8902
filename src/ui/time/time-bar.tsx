import "./time-bar.css";
import type { ReactElement } from "react";
import { useApp, useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import { SPEEDS } from "./player.ts";
import type { Speed } from "./player.ts";
import { Timeline } from "./timeline.tsx";
import { countBefore, nsText } from "./track.ts";
import type { Track } from "./track.ts";

function Steps(): ReactElement {
  const { player } = useSession();
  return (
    <>
      <button type="button" className="button icon" title="Back one event (j)" aria-label="Back one event" onClick={() => { player.back("event"); }}><Icon name="back" /></button>
      <button type="button" className="button primary play" title="Space" aria-label={player.playing ? "Pause" : "Play"} onClick={() => { player.toggle(); }}>
        <Icon name={player.playing ? "pause" : "play"} /><span className="wide-only">{player.playing ? "Pause" : "Play"}</span>
      </button>
      <button type="button" className="button" title="Next decision (l)" onClick={() => { player.step("event"); }}>Event <Icon name="forward" /></button>
      <button type="button" className="button wide-only" title="Next interface (Shift+L)" onClick={() => { player.step("hop"); }}>Hop <Icon name="hop" /></button>
    </>
  );
}

function speedText(speed: Speed): string {
  return speed === "instant" ? "instant" : `${speed}×`;
}

function SpeedMenu(): ReactElement {
  const { player } = useSession();
  return (
    <select className="speed" aria-label="Speed" value={String(player.speed)} onChange={(event) => {
      const speed = SPEEDS.find((one) => String(one) === event.target.value);
      if (speed !== undefined) player.setSpeed(speed);
    }}>
      {SPEEDS.map((speed) => <option key={speed} value={String(speed)}>{speedText(speed)}</option>)}
    </select>
  );
}

function Words({ track }: { readonly track: Track }): ReactElement {
  const { player, world } = useSession();
  const hop = countBefore(track.hops, player.position);
  const startNs = track.events[0]?.atNs ?? 0;
  const atNs = Math.max(0, (world.latest?.atNs ?? startNs) - startNs);
  return (
    <span className="time-words">
      {player.sameAs > 0 && <em>same path as #{player.sameAs} · </em>}
      <b>hop {hop}/{track.hops.length}</b><span className="sim"> · {nsText(atNs)}</span>
    </span>
  );
}

function LiveButton(): ReactElement {
  const { player } = useSession();
  const live = !player.past && player.playing;
  return (
    <button type="button" className="button live" aria-pressed={live} title="Jump to now (End)" onClick={() => { player.live(); }}>
      <span className="dot" /> Live
    </button>
  );
}

/** Play, pause, step and scrub: one instant for all panes. */
export function TimeBar(): ReactElement {
  const { session } = useApp();
  useSignal(session.player.changed);
  useSignal(session.world.arrived);
  useSignal(session.changed);
  const track = session.tracks.followed;
  return (
    <div className="time-bar" role="toolbar" aria-label="Time">
      {session.status === "loading" && <span className="loading-bar" role="progressbar" aria-label="The simulation is starting" />}
      <Steps />
      {track === null
        ? <div className="timeline"><span className="none">Run a command in a shell: its packets appear here</span></div>
        : <Timeline track={track} />}
      {track !== null && <Words track={track} />}
      <SpeedMenu />
      <LiveButton />
    </div>
  );
}
