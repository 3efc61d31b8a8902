import type { TableName } from "../../protocol/trace.ts";
import { Signal } from "./signal.ts";

/** What the learner looks at. One selection for all panes: selecting anywhere selects everywhere. */
export type Selected =
  | { readonly kind: "none" }
  | { readonly kind: "place"; readonly place: string }
  /** "place:name". */
  | { readonly kind: "device"; readonly device: string }
  | { readonly kind: "row"; readonly place: string; readonly table: TableName; readonly row: string }
  /** A trace event by number: a hop, a decision, the packet in it. */
  | { readonly kind: "event"; readonly seq: number };

const NOTHING: Selected = { kind: "none" };

export class Selection {
  #selected: Selected = NOTHING;
  #hovered: string | null = null;
  readonly changed = new Signal();

  get selected(): Selected { return this.#selected; }
  /** Place that another pane points at for the moment (a tab under the pointer, a `{node:}` in a lesson). */
  get hovered(): string | null { return this.#hovered; }

  /** The place that the selection belongs to, "" when none (an event's place is the log's business). */
  get place(): string {
    const selected = this.#selected;
    if (selected.kind === "place" || selected.kind === "row") return selected.place;
    return selected.kind === "device" ? selected.device.slice(0, selected.device.lastIndexOf(":")) : "";
  }

  select(selected: Selected): void {
    this.#selected = selected;
    this.changed.bump();
  }

  clear(): void { this.select(NOTHING); }

  hover(place: string | null): void {
    if (place === this.#hovered) return;
    this.#hovered = place;
    this.changed.bump();
  }
}
