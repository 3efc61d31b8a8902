import "./inspector.css";
import { useState } from "react";
import type { KeyboardEvent, ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import type { InspectorTab } from "../app/session.ts";
import { BytesTab } from "./bytes-tab.tsx";
import type { Field } from "./dissect.ts";
import { HeadersTab } from "./headers-tab.tsx";
import { JourneyTab } from "./journey-tab.tsx";
import { eventInView, packetAt } from "./packet-in-view.ts";
import { TablesTab } from "./tables-tab.tsx";
import { TalkTab } from "./talk-tab.tsx";

const TABS: readonly (readonly [InspectorTab, string])[] = [["journey", "Journey"], ["headers", "Headers"], ["bytes", "Bytes"], ["tables", "Tables"], ["talk", "Talk"]];

function onTabKey(event: KeyboardEvent<HTMLElement>, tab: InspectorTab, choose: (tab: InspectorTab) => void): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const at = TABS.findIndex(([name]) => name === tab);
  const next = TABS[(at + by + TABS.length) % TABS.length];
  if (next === undefined) return;
  choose(next[0]);
  event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next[0]}"]`)?.focus();
}

function Body({ tab }: { readonly tab: InspectorTab }): ReactElement {
  const session = useSession();
  useSignal(session.player.changed);
  useSignal(session.selection.changed);
  useSignal(session.world.changed);
  const [lit, setLit] = useState<Field | null>(null);
  const event = eventInView(session);
  const packet = event === null ? null : packetAt(session, event);
  if (tab === "journey") return <JourneyTab />;
  if (tab === "tables") return <TablesTab event={event} place={session.tablesPlace} />;
  if (tab === "talk") return <TalkTab event={event} />;
  if (packet === null) return <p className="empty">Nothing selected. Run a command or click a tick on the timeline.</p>;
  return tab === "headers" ? <HeadersTab packet={packet} lit={lit} onLight={setLit} /> : <BytesTab packet={packet} lit={lit} onLight={setLit} />;
}

/** What the packet in view is, and why it went where it went. */
export function Inspector({ onFold }: { readonly onFold: () => void }): ReactElement {
  const session = useSession();
  useSignal(session.selection.changed);
  const tab = session.inspectorTab;
  const choose = (next: InspectorTab): void => { session.showTab(next); };
  return (
    <div className="inspector">
      <div className="inspector-tabs">
        <div role="tablist" aria-label="Inspector" onKeyDown={(event) => { onTabKey(event, tab, choose); }}>
          {TABS.map(([name, label]) => (
            <button key={name} type="button" role="tab" id={`tab-${name}`} data-tab={name} aria-selected={tab === name} aria-controls="inspector-body"
              tabIndex={tab === name ? 0 : -1} onClick={() => { choose(name); }}>{label}</button>
          ))}
        </div>
        <span className="grow" />
        <button type="button" className="button icon quiet" aria-label="Fold the inspector" onClick={onFold}><Icon name="foldRight" /></button>
      </div>
      <div className="inspector-body" id="inspector-body" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}><Body tab={tab} /></div>
    </div>
  );
}
