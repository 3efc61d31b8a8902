import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { Session } from "../app/session.ts";
import type { CableFaultInfo } from "../../protocol/messages.ts";

/** Faults that the menu offers: label, unit, the message's field, and how many of its units one of ours is. */
const FAULTS: readonly { readonly field: keyof CableFaultInfo; readonly label: string; readonly unit: string; readonly scale: number; readonly max: number }[] = [
  { field: "delayNs", label: "Delay, one way", unit: "ms", scale: 1e6, max: 10_000 },
  { field: "jitterNs", label: "Varies by", unit: "ms", scale: 1e6, max: 10_000 },
  { field: "lossPercent", label: "Loss", unit: "%", scale: 1, max: 100 },
  { field: "duplicatePercent", label: "Duplicates", unit: "%", scale: 1, max: 100 },
  { field: "reorderPercent", label: "Reordered", unit: "%", scale: 1, max: 100 },
  { field: "corruptPercent", label: "Spoilt", unit: "%", scale: 1, max: 100 },
  { field: "rateBitsPerSec", label: "Rate, 0 = any", unit: "Mbit/s", scale: 1e6, max: 100_000 },
  { field: "mtuBytes", label: "Longest packet, 0 = any", unit: "bytes", scale: 1, max: 65_535 },
];
const SOUND: Partial<CableFaultInfo> = Object.fromEntries(FAULTS.map(({ field }) => [field, 0]));

/** A cable by one name, whichever end is asked about. */
const cableOf = (a: string, b: string): string => [a, b].sort().join("~");

/** What is done to the cable of the selected device: cut, mended, slowed, made to lose. All of it is an input of the run. */
export function CableMenu({ session, device }: { readonly session: Session; readonly device: string }): ReactElement | null {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const peer = session.world.devices.get(device)?.peer ?? null;
  useEffect(() => {
    if (!open) return;
    const onDown = (event: Event): void => { if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false); };
    addEventListener("pointerdown", onDown);
    return () => { removeEventListener("pointerdown", onDown); };
  }, [open]);
  if (peer === null) return null;
  const id = cableOf(device, peer);
  const bad = session.cables.get(id);
  return (
    <div className="cable-menu" ref={root} onKeyDown={(event) => { if (event.key === "Escape" && open) { event.stopPropagation(); setOpen(false); } }}>
      <button type="button" className="button" aria-expanded={open} onClick={() => { setOpen(!open); }}>{bad === undefined ? "Cable" : bad.cut ? "Cable: cut" : "Cable: faulty"}</button>
      {open && <CablePanel session={session} device={device} peer={peer} id={id} />}
    </div>
  );
}

interface PanelProps { readonly session: Session; readonly device: string; readonly peer: string; readonly id: string }

function CablePanel({ session, device, peer, id }: PanelProps): ReactElement {
  const [, again] = useState(0);
  const state = session.cables.get(id) ?? { cut: false, fault: {} };
  const change = (next: { cut: boolean; fault: Partial<CableFaultInfo> }, send: () => void): void => {
    const isSound = !next.cut && Object.values(next.fault).every((value) => value === 0);
    if (isSound) session.cables.delete(id);
    else session.cables.set(id, next);
    send();
    again((n) => n + 1);
    session.selection.changed.bump();
  };
  const cut = (): void => { change({ ...state, cut: !state.cut }, () => { session.send({ type: "cable", device, change: { is: state.cut ? "mend" : "cut" } }); }); };
  const set = (fault: Partial<CableFaultInfo>): void => {
    change({ ...state, fault: { ...state.fault, ...fault } }, () => { session.send({ type: "cable", device, change: { is: "fault", fault } }); });
  };
  return (
    <div className="cable-panel" role="group" aria-label="Cable">
      <p className="cable-ends"><span className="mono">{device.split(":")[1]}</span> ⟷ <span className="mono">{peer.split(":")[1]}</span></p>
      <button type="button" className={state.cut ? "button primary" : "button"} onClick={cut}>{state.cut ? "Mend the cable" : "Cut the cable"}</button>
      {FAULTS.map(({ field, label, unit, scale, max }) => (
        <label key={field} className="cable-fault">
          <span>{label}</span>
          <input type="number" min={0} max={max} step="any" value={(state.fault[field] ?? 0) / scale}
            onChange={(event) => { set({ [field]: Math.max(0, Math.min(max, Number(event.target.value) || 0)) * scale }); }} />
          <span className="muted">{unit}</span>
        </label>
      ))}
      <button type="button" className="button quiet" disabled={Object.keys(state.fault).length === 0} onClick={() => { set(SOUND); }}>Take all faults away</button>
    </div>
  );
}
