import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { stateAt } from "../store/connections.ts";
import type { Connection, Turn } from "../store/connections.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { nsText } from "../time/track.ts";
import { connectionInView, connectionName, endText, saidIn, stateText, turnsAt } from "./talk-model.ts";

/** What two programs said to each other over a TCP connection, up to the instant of the view. */
export function TalkTab({ event }: { readonly event: LoggedEvent | null }): ReactElement {
  const session = useSession();
  useSignal(session.world.arrived);
  const [chosen, choose] = useState<number | null>(null);
  const { position } = session.player;
  const followed = session.tracks.followed?.journey.id ?? 0;
  const all = [...session.connections.byId.values()].filter((one) => one.firstSeq < position);
  const mine = all.filter((one) => one.journey === followed);
  const shown = connectionInView(mine.length > 0 ? mine : all, { chosen, conn: event?.conn ?? 0, position });
  if (shown === null) return <p className="empty">No TCP connection yet. Try <code>curl 100.64.11.1:8000</code>.</p>;
  return (
    <div className="talk-tab">
      <div className="pick">
        <select aria-label="Connection" value={shown.id} onChange={(change) => { choose(Number(change.target.value)); }}>
          {all.slice(-40).map((one) => <option key={one.id} value={one.id}>{connectionName(one)}</option>)}
        </select>
      </div>
      <Ends conn={shown} position={position} />
      <Turns conn={shown} position={position} />
    </div>
  );
}

function Ends({ conn, position }: { readonly conn: Connection; readonly position: number }): ReactElement {
  return (
    <div className="talk-ends">
      <span><b>{endText(conn.client)}</b></span>
      <span className="state">{stateText(conn, position)}</span>
      <span><b>{stateAt(conn.server, position) === "" ? endText(null) : endText(conn.server)}</b></span>
    </div>
  );
}

function Turns({ conn, position }: { readonly conn: Connection; readonly position: number }): ReactElement {
  const list = useRef<HTMLOListElement>(null);
  const turns = turnsAt(conn, position).slice(-300);
  const last = turns.at(-1)?.seq;
  useEffect(() => { list.current?.lastElementChild?.scrollIntoView({ block: "nearest" }); }, [last]);
  if (turns.length === 0) return <p className="empty">Nothing said yet: the handshake comes first.</p>;
  const startNs = turns[0]?.atNs ?? 0;
  return (
    <ol className="talk" ref={list} aria-label="Conversation">
      {turns.map((turn) => <li key={turn.seq} className={turn.by}><TurnView turn={turn} startNs={startNs} now={turn.seq === position - 1} /></li>)}
    </ol>
  );
}

const NAMES = { client: "client", server: "server" } as const;

function TurnView({ turn, startNs, now }: { readonly turn: Turn; readonly startNs: number; readonly now: boolean }): ReactElement {
  const { player } = useSession();
  const go = (): void => { player.seek(turn.seq + 1); };
  const when = nsText(turn.atNs - startNs);
  if (turn.mark !== null) {
    return <button type="button" className={`mark ${turn.mark}${now ? " now" : ""}`} onClick={go}>{markText(turn)} <span className="when">{when}</span></button>;
  }
  const said = saidIn(turn);
  return (
    <button type="button" className={now ? "said now" : "said"} onClick={go} title="Go to this instant">
      <span className="caption">{NAMES[turn.by]}, {said.bytes} bytes <span className="when">{when}</span></span>
      <span className={said.isBinary ? "words binary" : "words"}>{said.text}</span>
      {said.hidden > 0 && <span className="caption">and {said.hidden} bytes more</span>}
    </button>
  );
}

const MARK_WORDS = {
  open: "", fin: "", reset: "reset (RST)", retransmit: "sent once more", dupack: "duplicate acknowledgement", window: "window", probe: "probe", overflow: "turned away",
} as const;

function markText({ by, mark, note }: Turn): string {
  const word = mark === null ? "" : MARK_WORDS[mark];
  const said = [word, note].filter((part) => part !== "").join(": ");
  return mark === "open" ? said : `${by} ${said}`;
}
