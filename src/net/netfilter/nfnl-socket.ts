import { WaitQueue } from "../../sim/wait-queue.ts";
import type { Netns } from "../core/netns.ts";
import type { NfnlEvent, NfnlGroup } from "../uapi/nfnetlink.ts";

/** Messages that may wait for a reader before the socket is full. */
const MAX_WAITING = 65_536;

/** A netlink socket of NETLINK_NETFILTER that joined groups: hears of rule sets, traced packets and flows of one namespace. */
export class NfnlSocket {
  readonly waitQueue = new WaitQueue();
  readonly #leave: (() => void)[];
  #waiting: NfnlEvent[] = [];
  #next = 0;
  #overrun = false;

  constructor(ns: Netns, groups: readonly NfnlGroup[]) {
    this.#leave = [...new Set(groups)].map((group) => this.#join(ns, group));
  }

  readable(): boolean {
    return this.#next < this.#waiting.length || this.#overrun;
  }

  /** The next message; `EAGAIN` when there is none, `ENOBUFS` once after messages were lost. */
  receive(): NfnlEvent | "EAGAIN" | "ENOBUFS" {
    if (this.#overrun) {
      this.#overrun = false;
      return "ENOBUFS";
    }
    const event = this.#waiting[this.#next];
    if (event === undefined) return "EAGAIN";
    this.#next++;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return event;
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  #join(ns: Netns, group: NfnlGroup): () => void {
    const { nft, ct } = ns.nf;
    switch (group) {
      case "nftables": return join(nft.listeners, (change) => this.#hear({ group, change }));
      case "nftrace": return join(nft.traceListeners, (trace) => this.#hear({ group, trace }));
      case "conntrack": return join(ct.listeners, (event) => this.#hear({ group, event }));
    }
  }

  #hear(event: NfnlEvent): void {
    if (this.#waiting.length - this.#next >= MAX_WAITING) this.#overrun = true;
    else this.#waiting.push(event);
    this.waitQueue.wake();
  }
}

function join<T>(listeners: Set<(item: T) => void>, listener: (item: T) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
