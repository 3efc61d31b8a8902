import { MS, SEC, type Timer } from "../../sim/sim.ts";
import { ETH_HLEN } from "../../wire/ethernet.ts";
import { type CableFault, NO_FAULT } from "../uapi/cable.ts";
import { type Cable, crossOver } from "./cable.ts";
import type { Netdev } from "./netdev.ts";
import { netifRx } from "./rx.ts";
import { type Skb, spoilOneBit } from "./skb.ts";
import { drop, trace } from "./trace.ts";

/** One direction. */
interface Lane {
  busyUntilNs: number;
  /** Frames that the rate holds up. */
  waiting: number;
  lastArrivalNs: number;
}

/** A cable's faults at work. Frames on their way are lost when it is cut. */
export class FaultyCable {
  spec: CableFault = NO_FAULT;
  readonly #cable: Cable;
  readonly #lanes = new Map<Netdev, Lane>();
  readonly #underWay = new Map<Skb, Timer>();

  constructor(cable: Cable) {
    this.#cable = cable;
  }

  /** Frames are on their way that a cut would lose. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  send(skb: Skb, peer: Netdev, cableDelayNs: number): void {
    const from = skb.dev!;
    const { ns } = from;
    const { rng } = ns.world.sim;
    const hits = (percent: number): boolean => percent > 0 && rng.u32() < (percent / 100) * 0x100000000;
    if (this.#cable.cut) return drop(ns, skb, "CABLE_CUT");
    if (this.spec.mtuBytes > 0 && skb.length - ETH_HLEN > this.spec.mtuBytes) return drop(ns, skb, "CABLE_MTU");
    if (hits(this.spec.lossPercent)) return drop(ns, skb, "CABLE_LOSS");
    if (hits(this.spec.duplicatePercent)) this.#sendCopy(skb, peer, cableDelayNs);
    if (hits(this.spec.corruptPercent)) {
      spoilOneBit(skb, rng);
      tell(skb, "the cable spoilt one bit");
    }
    this.#deliver(skb, peer, cableDelayNs, hits(this.spec.reorderPercent));
  }

  #sendCopy(skb: Skb, peer: Netdev, cableDelayNs: number): void {
    const copy = skb.dev!.ns.world.clone(skb);
    tell(copy, "the cable carries the frame twice");
    this.#deliver(copy, peer, cableDelayNs, false);
  }

  #deliver(skb: Skb, peer: Netdev, cableDelayNs: number, heldBack: boolean): void {
    const { sim } = peer.ns.world;
    const lane = this.#lane(peer);
    const onWireNs = this.#serialise(lane, skb);
    if (onWireNs === null) return drop(skb.dev!.ns, skb, "CABLE_QUEUE");
    const { delayNs, jitterNs } = this.spec;
    const jitter = jitterNs === 0 ? 0 : sim.rng.below(2 * jitterNs + 1) - jitterNs;
    const inOrderNs = Math.max(lane.lastArrivalNs, onWireNs + cableDelayNs + Math.max(0, delayNs + jitter));
    const atNs = heldBack ? inOrderNs + Math.max(delayNs, MS) : inOrderNs;
    if (!heldBack) lane.lastArrivalNs = inOrderNs;
    if (skb.dev!.ns.world.trace !== null) tell(skb, noteOf(atNs - sim.nowNs, heldBack));
    crossOver(skb, peer);
    this.#underWay.set(skb, sim.after(atNs - sim.nowNs, (s) => this.#arrive(s), skb));
  }

  /** When the last bit is on the wire; null = no room in front of it. */
  #serialise(lane: Lane, skb: Skb): number | null {
    const { sim } = skb.dev!.ns.world;
    const { rateBitsPerSec, queueFrames } = this.spec;
    if (rateBitsPerSec === 0) return sim.nowNs;
    if (lane.waiting >= queueFrames) return null;
    lane.busyUntilNs = Math.max(lane.busyUntilNs, sim.nowNs) + (skb.length * 8 * SEC) / rateBitsPerSec;
    lane.waiting++;
    sim.after(lane.busyUntilNs - sim.nowNs, (l) => { l.waiting--; }, lane);
    return lane.busyUntilNs;
  }

  #lane(peer: Netdev): Lane {
    const known = this.#lanes.get(peer);
    if (known !== undefined) return known;
    const lane: Lane = { busyUntilNs: 0, waiting: 0, lastArrivalNs: 0 };
    this.#lanes.set(peer, lane);
    return lane;
  }

  #arrive(skb: Skb): void {
    this.#underWay.delete(skb);
    netifRx(skb);
  }

  /** The cable is pulled: what is on it does not arrive. */
  loseAll(): void {
    for (const [skb, timer] of this.#underWay) {
      timer.cancel();
      drop(skb.dev!.ns, skb, "CABLE_CUT");
    }
    this.#underWay.clear();
  }
}

const noteOf = (ns: number, heldBack: boolean): string => `on the cable for ${Math.round(ns / 1e4) / 100} ms${heldBack ? ", held back behind later frames" : ""}`;

function tell(skb: Skb, note: string): void {
  const { ns, name } = skb.dev!;
  if (ns.world.trace !== null) trace(ns, "qdisc", name, skb, { note });
}
