import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { TraceEvent } from "../../protocol/trace.ts";
import { usePref, useSession, useSignal } from "./context.ts";
import { sentenceOf } from "../inspector/sentences.ts";
import { isUnwantedDrop } from "../time/hops.ts";
import { hopWords } from "../time/track.ts";
import type { Verbosity } from "./prefs.ts";
import type { Session } from "./session.ts";

/** What is said to a screen reader when the view stands at `event`; "" for nothing. */
function wordsAt(session: Session, event: TraceEvent | null, verbosity: Verbosity): string {
  if (event === null || verbosity === "off") return "";
  const { player, tracks } = session;
  const track = tracks.followed;
  if (event.drop !== null && !isUnwantedDrop(event)) return sentenceOf(event);
  if (!player.playing && track !== null) return `Paused. ${hopWords(track, player.position)}. ${sentenceOf(event)}`;
  return verbosity === "every hop" && player.hops.isHop(event.seq) ? sentenceOf(event) : "";
}

/** The page's status region: pauses, drops, notices. Never once a frame. */
export function Announcer(): ReactElement {
  const session = useSession();
  const verbosity = usePref((all) => all.verbosity);
  useSignal(session.player.changed);
  useSignal(session.changed);
  const [said, setSaid] = useState("");
  const last = useRef("");
  const words = wordsAt(session, session.world.latest, verbosity);
  const { notice } = session;
  useEffect(() => {
    if (words === "" || words === last.current) return;
    last.current = words;
    setSaid(words);
  }, [words]);
  return (
    <>
      <div className="visually-hidden" role="status">{said}</div>
      <div className={notice.text === "" ? "visually-hidden" : notice.bad ? "toast bad" : "toast"} role="status">
        {notice.text}
        {notice.text !== "" && <button type="button" className="button quiet" onClick={() => { session.announce(""); }}>OK</button>}
      </div>
    </>
  );
}
