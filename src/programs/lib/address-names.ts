import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, type Ip4 } from "../../wire/addr.ts";
import { addressName } from "./resolve.ts";

/**
 * Names of addresses, asked for once each. Printers cannot wait: they ask {@link get}, and whoever
 * calls them has learnt the names before, or lets them print once to find out which are wanted.
 */
export class AddressNames {
  readonly #sys: Sys;
  readonly #known = new Map<Ip4, string | null>();
  readonly #wanted = new Set<Ip4>();

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  /** The name, null when there is none or nobody has asked yet. */
  get(addr: Ip4): string | null {
    const known = this.#known.get(addr);
    if (known === undefined) this.#wanted.add(addr);
    return known ?? null;
  }

  /** The name, or the number where there is none. */
  text(addr: Ip4): string {
    return this.get(addr) ?? formatIp4(addr);
  }

  /** Looks these up, and all that {@link get} did not know. True when there was something to ask. May sleep. */
  *learn(addrs: Iterable<Ip4> = []): Task<boolean> {
    const asked = [...new Set([...addrs, ...this.#wanted])].filter((a) => !this.#known.has(a));
    this.#wanted.clear();
    for (const addr of asked) this.#known.set(addr, (yield* addressName(this.#sys, addr)) ?? null);
    return asked.length > 0;
  }
}
