// From core/xmit.ts, when somebody gave the device a queueing discipline.
// Next devHardStartXmit in core/xmit.ts, when the discipline lets the frame go.
import type { Timer } from "../../sim/sim.ts";
import type { Netdev } from "../core/netdev.ts";
import type { RootQdisc, XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import { devHardStartXmit } from "../core/xmit.ts";
import type { Qdisc } from "./qdisc.ts";

/**
 * A device's tree of disciplines, and the loop that empties it (struct netdev_queue, __qdisc_run). The devices here
 * take every frame at once, so a queue grows only where a discipline holds frames back: netem, tbf.
 */
export class DevQueue implements RootQdisc {
  readonly dev: Netdev;
  root!: Qdisc;
  #timer: Timer | null = null;
  #running = false;

  constructor(dev: Netdev) {
    this.dev = dev;
  }

  get kind(): string {
    return this.root.kind;
  }

  /** __dev_xmit_skb. */
  xmit(skb: Skb): XmitResult {
    const { dev } = this;
    if (!dev.carrier) {
      dev.stats.txDropped++;
      drop(dev.ns, skb, "NO_CARRIER");
      return "cn";
    }
    const result = this.root.enqueue(skb);
    this.run();
    return result;
  }

  /** Sends what may leave now. A frame that comes back to this device meanwhile waits for the loop that is under way. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    for (let skb = this.root.dequeue(); skb !== null; skb = this.root.dequeue()) devHardStartXmit(skb);
    this.#running = false;
  }

  /** qdisc_watchdog_schedule: tries again then, unless an earlier try is due anyway. */
  wakeAt(atNs: number): void {
    const { sim } = this.dev.ns.world;
    const at = Math.ceil(atNs);
    if (this.#timer !== null && this.#timer.atNs <= at && this.#timer.atNs > sim.nowNs) return;
    this.#timer?.cancel();
    this.#timer = sim.after(at - sim.nowNs, wake, this);
  }

  woken(): void {
    this.#timer = null;
    this.run();
  }

  reset(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.root.reset();
  }
}

function wake(queue: DevQueue): void {
  queue.woken();
}
