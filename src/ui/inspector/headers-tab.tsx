import type { ReactElement } from "react";
import { useSession } from "../app/context.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { dissect, layersOf } from "./dissect.ts";
import type { Field, Layer } from "./dissect.ts";
import { packetBefore } from "./packet-in-view.ts";
import { verbOf } from "./sentences.ts";

/** Field values of an earlier form of the packet, found by distance from the innermost layer: an outer shell changes nothing inside. */
function valuesOf(packet: LoggedEvent | null): ReadonlyMap<string, string> {
  const layers = packet?.bytes ? layersOf(dissect(packet.bytes, packet.netOffset)).reverse() : [];
  return new Map(layers.flatMap((layer, depth) => layer.fields.map((field) => [`${depth} ${field.name}`, field.value] as const)));
}

interface FieldRowProps {
  readonly field: Field;
  readonly before: string | undefined;
  readonly lit: boolean;
  readonly onLight: (field: Field | null) => void;
}

function FieldRow({ field, before, lit, onLight }: FieldRowProps): ReactElement {
  const changed = before !== undefined && before !== field.value;
  const classes = [changed && "changed", lit && "lit"].filter((name) => name !== false).join(" ");
  return (
    <tr className={classes} onPointerEnter={() => { onLight(field); }} onPointerLeave={() => { onLight(null); }}>
      <th scope="row">{field.name}</th>
      <td>{changed && <><span className="before">{before}</span> → <span className="visually-hidden">changed to </span></>}{field.value}</td>
    </tr>
  );
}

interface TreeProps {
  readonly layer: Layer;
  readonly depth: number;
  readonly before: ReadonlyMap<string, string>;
  readonly lit: Field | null;
  readonly onLight: (field: Field | null) => void;
}

function Tree({ layer, depth, before, lit, onLight }: TreeProps): ReactElement {
  return (
    <section className={layer.name === "VXLAN" ? "layer vxlan" : "layer"}>
      <h3>{layer.name}</h3>
      {layer.fields.length > 0 && (
        <table className="fields"><tbody>
          {layer.fields.map((field) => (
            <FieldRow key={field.name} field={field} before={before.get(`${depth} ${field.name}`)} lit={lit?.start === field.start && lit.name === field.name} onLight={onLight} />
          ))}
        </tbody></table>
      )}
      {layer.inner !== null && <Tree layer={layer.inner} depth={depth - 1} before={before} lit={lit} onLight={onLight} />}
    </section>
  );
}

interface Props {
  readonly packet: LoggedEvent;
  readonly lit: Field | null;
  readonly onLight: (field: Field | null) => void;
}

/** The packet's headers, each inside the one that carries it; what this hop changed is bold. */
export function HeadersTab({ packet, lit, onLight }: Props): ReactElement {
  const session = useSession();
  const tree = packet.bytes === null ? null : dissect(packet.bytes, packet.netOffset);
  const before = valuesOf(packetBefore(session, packet));
  return (
    <>
      <p className="packet-line"><b>{packet.place} {packet.dev}</b> · {verbOf(packet.kind)} · {packet.wireLength} bytes</p>
      <div className="headers">
        {tree !== null && <Tree layer={tree} depth={layersOf(tree).length - 1} before={before} lit={lit} onLight={onLight} />}
      </div>
    </>
  );
}
