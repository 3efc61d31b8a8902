/**
 * A version counter with listeners: the smallest thing that lets React, a canvas and a terminal
 * follow the same state without copying it. `version` fits `useSyncExternalStore` as a snapshot.
 */
export class Signal {
  version = 0;
  readonly #listeners = new Set<() => void>();

  /** Returns the function that unsubscribes. Bound, so that it can be handed to React as it is. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  readonly getVersion = (): number => this.version;

  bump(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
