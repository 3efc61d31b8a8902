import { useEffect, useRef, useState } from "react";
import type { ReactElement, RefObject } from "react";
import type { LoggedEvent } from "../store/event-log.ts";
import { dissect, layersOf } from "./dissect.ts";
import type { Field } from "./dissect.ts";

interface Props {
  readonly packet: LoggedEvent;
  readonly lit: Field | null;
  readonly onLight: (field: Field | null) => void;
}

const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");
const asciiOf = (byte: number): string => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";

interface RowProps extends Pick<Props, "lit" | "onLight"> {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly width: number;
  readonly fieldAt: (at: number) => Field | null;
}

function HexRow({ bytes, at, width, fieldAt, lit, onLight }: RowProps): ReactElement {
  const row = [...bytes.subarray(at, at + width)];
  return (
    <tr>
      <th scope="row" className="offset">{at.toString(16).padStart(4, "0")}</th>
      <td>{row.map((byte, i) => {
        const isLit = lit !== null && at + i >= lit.start && at + i < lit.end;
        const field = fieldAt(at + i);
        return (
          <button key={i} type="button" tabIndex={-1} className={isLit ? "lit" : ""} title={field?.name}
            onPointerEnter={() => { onLight(field); }} onClick={() => { onLight(field); }}>{hexOf(byte)}</button>
        );
      })}</td>
      <td className="ascii">{row.map(asciiOf).join("")}</td>
    </tr>
  );
}

const ROOM_FOR_16_PX = 520;

/** Bytes in a row that fit the pane: 16, or 8 in a narrow one. */
function useRowWidth(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(8);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => { setWidth((entry?.contentRect.width ?? 0) >= ROOM_FOR_16_PX ? 16 : 8); });
    observer.observe(element.current);
    return () => { observer.disconnect(); };
  }, []);
  return [element, width];
}

/** Hex and ASCII; pointing at a byte lights its field and all bytes of it, and the arrow keys walk from field to field. */
export function BytesTab({ packet, lit, onLight }: Props): ReactElement {
  const [element, width] = useRowWidth();
  const bytes = packet.bytes ?? new Uint8Array();
  const layers = layersOf(dissect(bytes, packet.netOffset));
  const fields = layers.flatMap((layer) => layer.fields);
  const fieldAt = (at: number): Field | null => fields.find((field) => at >= field.start && at < field.end) ?? null;
  const walk = (by: 1 | -1): void => {
    const now = lit === null ? -1 : fields.findIndex((field) => field.start === lit.start && field.name === lit.name);
    onLight(fields[Math.max(0, Math.min(fields.length - 1, now + by))] ?? null);
  };
  const layer = lit === null ? undefined : layers.find((one) => lit.start >= one.start && lit.end <= one.end);
  const rows = Array.from({ length: Math.ceil(bytes.length / width) }, (_, row) => row * width);
  return (
    <div ref={element} className="bytes-tab" tabIndex={0} role="group" aria-label="Bytes: arrow keys move from field to field" onPointerLeave={() => { onLight(null); }}
      onKeyDown={(event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        event.preventDefault();
        walk(event.key === "ArrowRight" ? 1 : -1);
      }}>
      <p className="byte-word" role="status">{lit === null ? <span className="muted">Point at a byte to see its field.</span> : <><b>{layer?.name} · {lit.name}</b> <code>{lit.value}</code></>}</p>
      <div className="scroll">
        <table className="hex"><tbody>
          {rows.map((at) => <HexRow key={at} bytes={bytes} at={at} width={width} fieldAt={fieldAt} lit={lit} onLight={onLight} />)}
        </tbody></table>
      </div>
      {packet.wireLength > bytes.length && <p className="muted">The first {bytes.length} of {packet.wireLength} bytes.</p>}
    </div>
  );
}
