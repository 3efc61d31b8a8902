import type { Session } from "../app/session.ts";
import type { LoggedEvent } from "../store/event-log.ts";

/** The event that Headers, Bytes and Tables speak about: the selected one, else the latest shown. */
export function eventInView(session: Session): LoggedEvent | null {
  const { selected } = session.selection;
  if (selected.kind === "event") return session.world.log.at(selected.seq);
  return latestShown(session);
}

function latestShown({ world, player }: Session): LoggedEvent | null {
  for (let seq = world.position - 1; seq >= world.log.first; seq--) {
    const event = world.log.at(seq);
    if (event !== null && player.shows(event)) return event;
  }
  return null;
}

/** The latest event up to `from` in which there are bytes of a packet. */
export function packetAt(session: Session, from: LoggedEvent): LoggedEvent | null {
  const { log } = session.world;
  const wrapped = from.kind === "encap" ? wrappedForm(session, from) : null;
  if (wrapped !== null) return wrapped;
  for (let seq = from.seq; seq >= log.first; seq--) {
    const event = log.at(seq);
    if (event !== null && event.bytes !== null && event.journey === from.journey && (from.skb === 0 || event.skb === from.skb)) return event;
  }
  return null;
}

const FORMS_AHEAD = 3;

/** When the tunnel wraps a packet, its outer IP header is written in the same instant, one event later. */
function wrappedForm(session: Session, encap: LoggedEvent): LoggedEvent | null {
  if (encap.netOffset === 0 || encap.netOffset === 14) return null;
  for (let seq = encap.seq + 1; seq <= encap.seq + FORMS_AHEAD; seq++) {
    const event = session.world.log.at(seq);
    if (event !== null && event.skb === encap.skb && event.place === encap.place && event.atNs === encap.atNs && event.bytes !== null) return event;
  }
  return null;
}

/** The same packet as it was at the hop before, for "before | after". */
export function packetBefore(session: Session, packet: LoggedEvent): LoggedEvent | null {
  const { log } = session.world;
  for (let seq = packet.seq - 1; seq >= log.first; seq--) {
    const event = log.at(seq);
    if (event !== null && event.bytes !== null && event.skb === packet.skb && event.place === packet.place) return event;
  }
  return null;
}
