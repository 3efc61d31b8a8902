import type { NatChange } from "../../protocol/trace.ts";
import { innermost } from "./classify.ts";
import type { PacketLook } from "./classify.ts";

/**
 * The badges of translated packets: D while a destination is rewritten, S while a source is. An answer
 * wears its request's badges until the reverse translation takes them off.
 */

/** Badges after an event. An answer's source goes back to what the request's destination was: that undoes D. */
export function badgesAfter(badges: string, change: NatChange | null): string {
  if (change === null) return badges;
  const letter = (change.field === "dst") === change.reverse ? "S" : "D";
  const rest = badges.replace(letter, "");
  return change.reverse ? rest : [...rest, letter].sort().join("");
}

/** How many address pairs are remembered; the oldest go first. */
const MOST = 512;

/** Which address pairs are translations, a journey each. */
export class NatMemory {
  readonly #badges = new Map<string, string>();

  clear(): void {
    this.#badges.clear();
  }

  note(journey: number, look: PacketLook | null, badges: string): void {
    if (look === null) return;
    const { from, to } = innermost(look);
    this.#badges.set(`${journey} ${from} ${to}`, badges);
    if (this.#badges.size > MOST) for (const oldest of this.#badges.keys()) { this.#badges.delete(oldest); break; }
  }

  /** What a packet that just began wears: the badges of the packet it answers. */
  badgesOfAnswer(journey: number, look: PacketLook | null): string {
    if (look === null) return "";
    const { from, to } = innermost(look);
    return this.#badges.get(`${journey} ${to} ${from}`) ?? "";
  }
}
