import { useEffect, useRef } from "react";
import type { ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { DROP_REASONS } from "../../protocol/trace.ts";
import type { NatChange } from "../../protocol/trace.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { cardsOf, currentCard } from "./journey-model.ts";
import type { HopCard } from "./journey-model.ts";
import { verbOf } from "./sentences.ts";

/** Longer journeys show their latest part: a list nobody can read helps nobody. */
const MOST_EVENTS = 400;

function Chips(): ReactElement {
  const { player, tracks } = useSession();
  const { chips } = player;
  const chip = (name: keyof typeof chips, label: string): ReactElement => (
    <button type="button" className="chip" aria-pressed={chips[name]} onClick={() => { player.setChips({ ...chips, [name]: !chips[name] }); }}>{label}</button>
  );
  return (
    <div className="chips" role="group" aria-label="Shown besides my packets">
      <span className="muted">My packets and</span>
      {chip("arp", "ARP")}{chip("control", "control")}{chip("others", "others")}
      {tracks.hiddenCount > 0 && <span className="hidden-count">+{tracks.hiddenCount} hidden</span>}
    </div>
  );
}

function DropLine({ event }: { readonly event: LoggedEvent }): ReactElement {
  return (
    <div className="drop-line">
      <b>Dropped:</b> {DROP_REASONS[event.drop ?? "NOT_SPECIFIED"]}. <span className="code">{event.drop}</span>
      <Losers event={event} />
    </div>
  );
}

function Losers({ event }: { readonly event: LoggedEvent }): ReactElement | null {
  const losers = event.decision?.losers ?? [];
  if (losers.length === 0) return null;
  return (
    <span className="losers">
      {losers.slice(0, 4).map((loser) => <span key={loser.row} style={{ display: "block" }}><span className="row">{loser.row}</span> {loser.why}</span>)}
      {losers.length > 4 && <span>and {losers.length - 4} more</span>}
    </span>
  );
}

/** "destination 100.64.10.1 → 11.10.80.2", the old one struck through. */
function Translation({ change }: { readonly change: NatChange }): ReactElement {
  return <span className="translation">{change.field === "dst" ? "destination" : "source"} <s>{change.before}</s> → <b>{change.after}</b></span>;
}

function notesOf(event: LoggedEvent): string {
  const notes = [event.decision?.note ?? "", event.note].filter((text) => text !== "");
  return [...new Set(notes)].join(" · ");
}

function Line({ event, now }: { readonly event: LoggedEvent; readonly now: boolean }): ReactElement {
  const session = useSession();
  const lost = event.decision?.losers.length ?? 0;
  if (event.drop !== null) return <DropLine event={event} />;
  return (
    <button type="button" className={now ? "hop-line now" : "hop-line"} onClick={() => { session.inspect(event, "tables"); }}>
      <span className="verb">{verbOf(event.kind)}</span>
      {event.decision?.nat !== undefined && <Translation change={event.decision.nat} />}
      {event.decision !== null && <span className="row">{event.decision.row}</span>}
      {event.decision?.nat === undefined && <span className="note">{notesOf(event)}</span>}
      {!now && lost > 0 && <span className="lost-count">{lost} lost</span>}
      {now && <Losers event={event} />}
    </button>
  );
}

interface CardProps {
  readonly card: HopCard;
  readonly current: boolean;
  readonly position: number;
}

function Card({ card, current, position }: CardProps): ReactElement {
  const { player } = useSession();
  const begun = (card.events[0]?.seq ?? 0) < position;
  const devs = [card.from, card.to].filter((dev) => dev !== "").join(" → ");
  return (
    <li className={current ? "hop-card current" : begun ? "hop-card" : "hop-card future"} aria-current={current ? "step" : undefined}>
      <button type="button" className="hop-head" title="Go to this instant" onClick={() => { player.seek((card.events[0]?.seq ?? 0) + 1); }}>
        <span className="number">{card.hop}</span><b>{card.place === "box" ? "switch" : card.place}</b><span className="devs">{devs}</span>
      </button>
      {card.lines.map((event) => <Line key={event.seq} event={event} now={event.seq === position - 1} />)}
    </li>
  );
}

/** The followed command hop by hop: which entry decided, and which lost. */
export function JourneyTab(): ReactElement {
  const { player, tracks, world } = useSession();
  useSignal(player.changed);
  useSignal(world.arrived);
  const list = useRef<HTMLOListElement>(null);
  const track = tracks.followed;
  const cards = cardsOf(track?.seen.slice(-MOST_EVENTS) ?? [], player.hops);
  const current = currentCard(cards, player.position);
  const currentSeq = current?.events[0]?.seq;
  useEffect(() => {
    const card = list.current?.querySelector("[aria-current]");
    (card?.querySelector(".now, .drop-line") ?? card)?.scrollIntoView({ block: "nearest" });
  }, [currentSeq, player.position]);
  if (track === null) return <><Chips /><p className="empty">Nothing selected. Run a command or click a tick on the timeline.</p></>;
  return (
    <>
      <Chips />
      <ol className="journey" ref={list} aria-label={`Journey of ${track.journey.label}`}>
        {cards.map((card) => <Card key={card.events[0]?.seq} card={card} current={card === current} position={player.position} />)}
      </ol>
    </>
  );
}
