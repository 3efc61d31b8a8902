import { useEffect, useRef, useSyncExternalStore } from "react";
import type { ReactElement } from "react";
import type { Session } from "../app/session.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { cardsOf, currentCard } from "../inspector/journey-model.ts";
import type { HopCard } from "../inspector/journey-model.ts";
import { verbOf } from "../inspector/sentences.ts";
import { DROP_REASONS } from "../../protocol/trace.ts";
import { classify } from "./classify.ts";
import type { PacketLook } from "./classify.ts";
import { TokenIcon } from "./token-icon.tsx";
import "./topology.css";

/**
 * The followed journey as a list, one row a place on its way: default on phones and for screen
 * readers. A press on a row moves the view there.
 */
export function PathView({ session }: { readonly session: Session }): ReactElement {
  const { world, player, tracks } = session;
  useSyncExternalStore(world.moved.subscribe, world.moved.getVersion);
  useSyncExternalStore(world.arrived.subscribe, world.arrived.getVersion);
  const track = tracks.followed;
  const cards = track ? cardsOf(track.seen, player.hops) : [];
  const now = currentCard(cards, player.position);
  const list = useRef<HTMLOListElement>(null);
  const at = now?.events[0]?.seq ?? -1;
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (row && list.current) list.current.scrollTop = Math.max(0, row.offsetTop - list.current.clientHeight / 2 + row.offsetHeight / 2);
  }, [at]);
  if (!track) return <p className="empty">No packet yet. Run a command in a shell.</p>;
  return (
    <ol className="path-view" ref={list} aria-label={`Way of ${track.journey.label}`}>
      {cards.map((card) => <PathRow key={card.events[0]?.seq} card={card} session={session} current={card === now} ahead={(card.events[0]?.seq ?? 0) >= player.position} />)}
    </ol>
  );
}

interface PathRowProps { readonly card: HopCard; readonly session: Session; readonly current: boolean; readonly ahead: boolean }

function PathRow({ card, session, current, ahead }: PathRowProps): ReactElement {
  const last = card.events.at(-1);
  const lost = card.events.find((event) => event.drop !== null);
  const weighty = lost ?? weightiest(card);
  const look = lookOf(card.events.filter((event) => event.skb === weighty?.skb)) ?? lookOf(card.events);
  return (
    <li className={ahead ? "path-row ahead" : "path-row"} aria-current={current ? "step" : undefined}>
      <button type="button" onClick={() => { if (last) session.player.seek(last.seq + 1); }}>
        <PlaceIcon session={session} place={card.place} lost={lost !== undefined} />
        <span className="path-words">
          <strong>{placeName(session, card)}</strong>
          <span className="path-decision">{decisionOf(weighty)}</span>
        </span>
        {look && <TokenIcon look={look} nested />}
      </button>
    </li>
  );
}

function lookOf(events: readonly LoggedEvent[]): PacketLook | null {
  for (const event of [...events].reverse()) if (event.bytes) return classify(event.bytes, event.netOffset);
  return null;
}

/** A switch is known by its bridge; everything else by its place. */
function placeName(session: Session, card: HopCard): string {
  const place = session.world.places.get(card.place);
  const device = card.to === "" ? card.from : card.to;
  if (place?.kind === "root") return `switch ${device.replace(/-eth\d+$/, "")}`;
  return card.place;
}

/** The event that says most about what happened here. */
function weightiest(card: HopCard): LoggedEvent | undefined {
  const tunnel = card.events.find((event) => event.kind === "encap" || event.kind === "decap");
  return tunnel ?? card.lines.find((event) => event.decision !== null) ?? card.lines[0] ?? card.events[0];
}

function decisionOf(event: LoggedEvent | undefined): string {
  if (!event) return "";
  if (event.drop !== null) return `lost: ${DROP_REASONS[event.drop]}`;
  const row = event.decision?.row ?? event.note;
  return row === "" ? verbOf(event.kind) : `${verbOf(event.kind)}: ${row}`;
}

const ICONS: Readonly<Record<string, string>> = {
  pod: "M12 4a8 8 0 1 0 .01 0Z", netns: "M12 4a8 8 0 1 0 .01 0Z", root: "M4 9h14l-3-3M20 15H6l3 3", worker: "M5 5h14v14H5Z", host: "M5 5h14v14H5Z",
  etcd: "M12 4l6.5 3 1.5 7-4.5 6h-7L4 14l1.5-7Z", internet: "M7 18a4 4 0 0 1 0-8 5 5 0 0 1 9.6-1.2A4.6 4.6 0 0 1 17 18Z",
};

function PlaceIcon({ session, place, lost }: { readonly session: Session; readonly place: string; readonly lost: boolean }): ReactElement {
  const kind = session.world.places.get(place)?.kind ?? "host";
  return (
    <span className={lost ? "path-icon lost" : "path-icon"} aria-hidden="true">
      <svg className="icon-svg" viewBox="0 0 24 24"><path d={lost ? "M7 7l10 10M17 7L7 17" : ICONS[kind]} /></svg>
    </span>
  );
}
