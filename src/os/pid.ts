import type { PidNamespace } from "./namespace.ts";

/**
 * The identity of a process, process group or session: the kernel's struct pid. It has a number in
 * its own pid namespace and another in every ancestor, and none in the others (pid_namespaces(7)).
 */
export class Pid {
  readonly home: PidNamespace;
  readonly #numbers = new Map<PidNamespace, number>();

  constructor(home: PidNamespace) {
    this.home = home;
    for (let ns: PidNamespace | null = home; ns !== null; ns = ns.parent) {
      this.#numbers.set(ns, ns.allocate());
    }
  }

  /** The number as seen from a namespace; 0 when it cannot be seen from there. */
  in(ns: PidNamespace): number {
    return this.#numbers.get(ns) ?? 0;
  }

  /** Numbers from the outermost namespace that `ns` may show down to the innermost, as `NSpid:` prints them. */
  allFrom(ns: PidNamespace): number[] {
    const out: number[] = [];
    for (let at: PidNamespace | null = this.home; at !== null; at = at.parent) {
      out.unshift(this.in(at));
      if (at === ns) break;
    }
    return out;
  }
}
