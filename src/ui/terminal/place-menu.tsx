import { useEffect, useRef } from "react";
import type { KeyboardEvent, ReactElement } from "react";
import type { PlaceInfo } from "../../protocol/snapshot.ts";
import { useSession } from "../app/context.ts";

/** Places with a shell, each followed by those inside it. */
export function placesInOrder(places: ReadonlyMap<string, PlaceInfo>): PlaceInfo[] {
  const withShell = [...places.values()].filter((place) => place.shell);
  const inside = (parent: string): PlaceInfo[] => withShell.filter((place) => place.parent === parent);
  const tops = withShell.filter((place) => place.parent === null || !withShell.some((other) => other.id === place.parent));
  const withInner = (place: PlaceInfo): PlaceInfo[] => [place, ...inside(place.id).flatMap(withInner)];
  return tops.flatMap(withInner);
}

interface Props {
  readonly anchor: HTMLElement;
  readonly onChoose: (place: string) => void;
  readonly onClose: () => void;
}

/** The list behind "+": where a new shell can be opened. */
export function PlaceMenu({ anchor, onChoose, onClose }: Props): ReactElement {
  const { world } = useSession();
  const root = useRef<HTMLDivElement>(null);
  const places = placesInOrder(world.places);
  useEffect(() => {
    root.current?.querySelector("button")?.focus();
    const onDown = (event: Event): void => { if (event.target instanceof Node && root.current?.contains(event.target) === false) onClose(); };
    addEventListener("pointerdown", onDown);
    return () => { removeEventListener("pointerdown", onDown); };
  }, [onClose]);
  const box = anchor.getBoundingClientRect();
  return (
    <div ref={root} className="place-menu" role="menu" aria-label="New shell at" onKeyDown={(event) => { onMenuKey(event, onClose); }}
      style={{ left: Math.min(box.left, innerWidth - 210), bottom: innerHeight - box.top + 4 }}>
      {places.map((place) => (
        <button key={place.id} type="button" role="menuitem" className={places.some((other) => other.id === place.parent) ? "inner" : ""}
          onClick={() => { onChoose(place.id); }}>{place.prompt}</button>
      ))}
    </div>
  );
}

function onMenuKey(event: KeyboardEvent<HTMLElement>, onClose: () => void): void {
  const items = [...event.currentTarget.querySelectorAll("button")];
  const at = items.findIndex((item) => item === document.activeElement);
  event.stopPropagation();
  if (event.key === "Escape") onClose();
  else if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
  else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
  else return;
  event.preventDefault();
}
