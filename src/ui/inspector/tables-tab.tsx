import { useEffect, useRef } from "react";
import type { ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import type { TableChange, TableName } from "../../protocol/trace.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { placesInOrder } from "../terminal/place-menu.tsx";
import { inRuleOrder } from "./rule-order.ts";

/** In the order in which a packet meets them. */
const TABLES: readonly (readonly [TableName, string])[] = [
  ["route", "Routes · ip route"], ["rule", "Routing rules · ip rule"], ["neigh", "Neighbours · ip neigh"], ["fdb", "Forwarding database · bridge fdb"],
  ["nft", "Rules · nft list ruleset"], ["conntrack", "Flows · conntrack -L"], ["link", "Interfaces · ip link"], ["addr", "Addresses · ip addr"],
  ["sysctl", "Kernel settings · sysctl"], ["socket", "Sockets · ss"], ["netns", "Network namespaces · ip netns"],
];

/** How a row fared in the decision in view. */
interface Fate {
  readonly name: "" | "won" | "lost" | "added" | "gone";
  readonly why: string;
}

function sameRow(text: string, row: string): boolean {
  return row !== "" && (text === row || text.startsWith(`${row} `) || row.startsWith(`${text} `));
}

function fateOf(text: string, table: TableName, event: LoggedEvent | null, changes: readonly TableChange[]): Fate {
  const decision = event?.decision;
  if (decision && decision.table === table) {
    if (sameRow(text, decision.row)) return { name: "won", why: "" };
    const loser = decision.losers.find((one) => sameRow(text, one.row));
    if (loser !== undefined) return { name: "lost", why: loser.why };
  }
  return changes.some((change) => change.table === table && change.after === text) ? { name: "added", why: "" } : { name: "", why: "" };
}

interface BlockProps {
  readonly place: string;
  readonly table: TableName;
  readonly title: string;
  readonly event: LoggedEvent | null;
}

function TableBlock({ place, table, title, event }: BlockProps): ReactElement | null {
  const { world } = useSession();
  const all = [...world.rows(place, table)].map(([key, text]) => ({ key, text, depth: 0 }));
  const rows = table === "nft" ? inRuleOrder(all) : all;
  const changes = (event?.changes ?? []).filter((change) => change.place === place && change.table === table);
  const gone = changes.filter((change) => change.after === null && change.before !== null);
  if (rows.length === 0 && gone.length === 0) return null;
  return (
    <section className="table-block">
      <h3>{title}</h3>
      {rows.map(({ key, text, depth }) => {
        const fate = fateOf(text, table, event, changes);
        return <div key={key} className={`table-row ${fate.name}`} style={depth === 0 ? undefined : { paddingLeft: `${0.5 + depth}rem` }}>{text}{fate.why !== "" && <span className="why"> ✕ {fate.why}</span>}</div>;
      })}
      {gone.map((change) => <div key={`gone ${change.key}`} className="table-row gone">{change.before}</div>)}
    </section>
  );
}

/** All tables of one place at the instant of the view; the row that decided is lit, those that lost say why. */
export function TablesTab({ event, place }: { readonly event: LoggedEvent | null; readonly place: string }): ReactElement {
  const session = useSession();
  useSignal(session.world.moved);
  const body = useRef<HTMLDivElement>(null);
  const here = event !== null && event.place === place ? event : null;
  useEffect(() => { body.current?.querySelector(".won, .added")?.scrollIntoView({ block: "nearest" }); }, [here?.seq, place]);
  useEffect(() => { if (place !== "") session.send({ type: "lesson.looked", at: place, what: "table" }); }, [session, place]);
  const tables = here?.decision ? [...TABLES].sort(([a], [b]) => Number(b === here.decision?.table) - Number(a === here.decision?.table)) : TABLES;
  return (
    <div className="tables-tab" ref={body}>
      <label className="pick">Tables of
        <select value={place} onChange={(change) => { session.selection.select({ kind: "place", place: change.target.value }); }}>
          {placesInOrder(session.world.places).map((one) => <option key={one.id} value={one.id}>{one.prompt}</option>)}
        </select>
      </label>
      {tables.map(([table, title]) => <TableBlock key={table} place={place} table={table} title={title} event={here} />)}
    </div>
  );
}
