import { useSyncExternalStore } from "react";
import type { ReactElement } from "react";
import type { Session } from "../app/session.ts";
import { eventInView, packetAt } from "../inspector/packet-in-view.ts";
import { DROP_REASONS } from "../../protocol/trace.ts";
import type { NatChange } from "../../protocol/trace.ts";
import { isUnwantedDrop } from "../time/hops.ts";
import { classify, describe } from "./classify.ts";
import type { PacketLook } from "./classify.ts";
import { TokenIcon } from "./token-icon.tsx";
import "./topology.css";

/** The packet of the instant as real text: what is around what, from whom to whom, how many bytes. */
export function PacketStrip({ session }: { readonly session: Session }): ReactElement {
  const { world, selection, player } = session;
  useSyncExternalStore(world.moved.subscribe, world.moved.getVersion);
  useSyncExternalStore(selection.changed.subscribe, selection.changed.getVersion);
  useSyncExternalStore(player.changed.subscribe, player.changed.getVersion);
  const event = eventInView(session);
  const packet = event && packetAt(session, event);
  const look = packet?.bytes ? classify(packet.bytes, packet.netOffset) : null;
  if (!event || !look) return <div className="packet-strip empty-strip">No packet yet. Run a command in a shell.</div>;
  return (
    <div className="packet-strip" role="group" aria-label={`Packet: ${describe(look)}`}>
      <TokenIcon look={look} />
      <Shell look={look} outermost flip={event.decision?.nat ?? null} />
      <span className="packet-size">{sizeText(look)}</span>
      {event.drop !== null && (isUnwantedDrop(event) ? <span className="packet-size">not for me</span> : <span className="packet-lost">lost: {DROP_REASONS[event.drop]}</span>)}
    </div>
  );
}

interface ShellProps {
  readonly look: PacketLook;
  readonly outermost?: boolean;
  /** The address that this event rewrote. */
  readonly flip?: NatChange | null;
}

/** What an address was before, struck through. */
function Was({ flip, field }: { readonly flip: NatChange | null; readonly field: "src" | "dst" }): ReactElement | null {
  return flip?.field === field ? <><s><span className="visually-hidden">was </span>{flip.before}</s> </> : null;
}

function Shell({ look, outermost = false, flip = null }: ShellProps): ReactElement {
  const addresses = <><Was flip={flip} field="src" />{look.from} → <Was flip={flip} field="dst" />{look.to}</>;
  const ways = look.kind === "arp" || look.from === "" ? null : <strong className={outermost ? "" : "plain"}>{addresses}</strong>;
  const inner = look.inner;
  const name = inner === null && look.kind === "icmp" ? shortIcmp(look) : look.what;
  return (
    <span className={inner ? "packet-shell vxlan" : outermost ? "packet-shell" : "packet-shell sheet"}>
      {inner === null && <span>{name}</span>}
      {ways}
      {inner && <span>{look.what}</span>}
      {look.vni !== null && <span>VNI {look.vni}</span>}
      {look.ttl !== null && inner === null && <span className="packet-ttl">ttl {look.ttl}</span>}
      {inner && <Shell look={inner} />}
    </span>
  );
}

const shortIcmp = (look: PacketLook): string => look.what.replace("echo ", "");

/** "148 B = 98 + 50": the inner packet and what the shell adds. */
export function sizeText(look: PacketLook): string {
  if (look.inner === null) return `${look.lengthBytes} B`;
  return `${look.lengthBytes} B = ${look.inner.lengthBytes} + ${look.lengthBytes - look.inner.lengthBytes}`;
}
