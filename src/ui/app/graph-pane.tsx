import { Suspense, lazy, useState } from "react";
import type { ReactElement } from "react";
import { PacketStrip } from "../topology/packet-strip.tsx";
import { PathView } from "../topology/path-view.tsx";
import { useSession } from "./context.ts";
import { useBreakpoint } from "./use-media.ts";

/** The graph library is the largest part of the page: shells and words are there before it. */
const Topology = lazy(async () => ({ default: (await import("../topology/topology.tsx")).Topology }));

/** The map, or the list of hops in its stead: the map is one key (v) or one tap away. A phone begins with the list. */
export function GraphPane(): ReactElement {
  const session = useSession();
  const phone = useBreakpoint() === "phone";
  const [chosen, setChosen] = useState<"map" | "path" | null>(null);
  const view = chosen ?? (phone ? "path" : "map");
  if (view === "map") {
    return (
      <Suspense fallback={<p className="empty">Drawing…</p>}>
        <Topology session={session} onPathView={() => { setChosen("path"); }} />
        {phone && <button type="button" className="button view-switch" onClick={() => { setChosen("path"); }}>Path</button>}
      </Suspense>
    );
  }
  return (
    <div className="path-pane" onKeyDown={(event) => { if (event.key === "v") setChosen("map"); }}>
      <div className="path-head"><span>Path</span><button type="button" className="button" onClick={() => { setChosen("map"); }}>Map</button></div>
      <PathView session={session} />
    </div>
  );
}

export function StripPane(): ReactElement {
  return <PacketStrip session={useSession()} />;
}

export function PathPane(): ReactElement {
  return <PathView session={useSession()} />;
}
