import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { KeyboardEvent, ReactElement } from "react";
import type { Session } from "../app/session.ts";
import { outlineOf, rowsOf } from "./outline-model.ts";
import type { OutlineItem, OutlineRow } from "./outline-model.ts";

interface OutlineProps {
  readonly session: Session;
  /** Shown beside the map; otherwise it appears while it has the focus. */
  readonly open: boolean;
  readonly onExpand: (place: string) => void;
}

/** The map as a tree of the same objects, with the same actions: select, open a shell, look inside. */
export function Outline({ session, open, onExpand }: OutlineProps): ReactElement {
  const { world, selection } = session;
  const version = useSyncExternalStore(world.changed.subscribe, world.changed.getVersion);
  useSyncExternalStore(selection.changed.subscribe, selection.changed.getVersion);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the world lives outside React: its version stands for it
  const items = useMemo(() => outlineOf(world), [world, version]);
  const [opened, setOpened] = useState<ReadonlySet<string> | null>(null);
  const openIds = opened ?? new Set(items.map((item) => item.id));
  const rows = rowsOf(items, openIds);
  const [focused, setFocused] = useState("");
  const current = rows.find((row) => row.item.id === focused) ?? rows[0];
  const list = useRef<HTMLUListElement>(null);

  const go = (id: string | undefined): void => {
    if (id === undefined) return;
    setFocused(id);
    list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
  };
  const setOpen = (id: string, wanted: boolean): void => {
    const next = new Set(openIds);
    if (wanted) next.add(id);
    else next.delete(id);
    setOpened(next);
  };
  const act = (item: OutlineItem): void => {
    if (item.selects === null) setOpen(item.id, !openIds.has(item.id));
    else selection.select(item.selects.includes(":") ? { kind: "device", device: item.selects } : { kind: "place", place: item.selects });
  };
  const onKey = (event: KeyboardEvent): void => {
    if (!current || event.ctrlKey || event.altKey || event.metaKey) return;
    const action = keyAction(event.key, current, rows, { go, setOpen, act, openIds, session, onExpand });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const chosen = selection.selected.kind === "device" ? selection.selected.device : selection.place;
  return (
    <div className={open ? "topology-outline open" : "topology-outline"}>
      <ul ref={list} role="tree" aria-label="Outline of the network" onKeyDown={onKey}>
        {rows.map((row) => (
          <Row key={row.item.id} row={row} open={openIds.has(row.item.id)} focusable={row === current} chosen={row.item.selects !== null && row.item.selects === chosen}
            onPick={() => { setFocused(row.item.id); act(row.item); }} onToggle={() => { setOpen(row.item.id, !openIds.has(row.item.id)); }} />
        ))}
      </ul>
    </div>
  );
}

interface Hands {
  readonly go: (id: string | undefined) => void;
  readonly setOpen: (id: string, wanted: boolean) => void;
  readonly act: (item: OutlineItem) => void;
  readonly openIds: ReadonlySet<string>;
  readonly session: Session;
  readonly onExpand: (place: string) => void;
}

/** Keys of a tree as the ARIA practices have them, and `t` for a shell. */
function keyAction(key: string, { item, parent }: OutlineRow, rows: readonly OutlineRow[], hands: Hands): (() => void) | null {
  const at = rows.findIndex((row) => row.item === item);
  const isOpen = hands.openIds.has(item.id);
  const { shell } = item;
  switch (key) {
    case "ArrowDown": return () => { hands.go(rows[at + 1]?.item.id); };
    case "ArrowUp": return () => { hands.go(rows[at - 1]?.item.id); };
    case "Home": return () => { hands.go(rows[0]?.item.id); };
    case "End": return () => { hands.go(rows.at(-1)?.item.id); };
    case "ArrowRight": return item.children.length === 0 ? null : isOpen ? () => { hands.go(rows[at + 1]?.item.id); } : () => { hands.setOpen(item.id, true); };
    case "ArrowLeft": return isOpen && item.children.length > 0 ? () => { hands.setOpen(item.id, false); } : () => { hands.go(parent ?? undefined); };
    case "Enter": case " ": return () => { hands.act(item); };
    case "t": return shell === null ? null : () => { hands.session.focusShell(hands.session.terminals.openAt(shell)); };
    case "x": return item.selects === null ? null : () => { if (hands.session.world.places.get(item.id)?.kind === "worker") hands.onExpand(item.id); };
    default: return null;
  }
}

interface RowProps { readonly row: OutlineRow; readonly open: boolean; readonly focusable: boolean; readonly chosen: boolean; readonly onPick: () => void; readonly onToggle: () => void }

function Row({ row, open, focusable, chosen, onPick, onToggle }: RowProps): ReactElement {
  const { item, depth } = row;
  const parent = item.children.length > 0;
  return (
    <li role="treeitem" data-row={item.id} tabIndex={focusable ? 0 : -1} aria-level={depth} aria-posinset={row.position} aria-setsize={row.siblings}
      aria-selected={chosen} aria-expanded={parent ? open : undefined} className={chosen ? "topology-row chosen" : "topology-row"}
      style={{ paddingInlineStart: `${(depth - 1) * 14 + 4}px` }} onClick={onPick}>
      <span className="topology-twist" aria-hidden="true" onClick={(event) => { event.stopPropagation(); onToggle(); }}>
        {parent && <svg className="icon-svg" viewBox="0 0 24 24"><path d={open ? "M6 9l6 6 6-6" : "M9 6l6 6-6 6"} /></svg>}
      </span>
      {item.text}
    </li>
  );
}
