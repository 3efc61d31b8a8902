/**
 * A list of sleepers to be woken together: the kernel's wait_queue_head. The stack wakes it
 * ("socket readable", "child exited"); only the process scheduler puts sleepers on it.
 */
export class WaitQueue {
  #sleepers = new Set<() => void>();

  /** Adds a sleeper; the returned function takes it off again. A sleeper stays until it leaves by itself. */
  add(wake: () => void): () => void {
    this.#sleepers.add(wake);
    return () => this.#sleepers.delete(wake);
  }

  /** Wakes everybody on the queue, in the order they came. */
  wake(): void {
    if (this.#sleepers.size === 0) return;
    for (const wake of [...this.#sleepers]) wake();
  }
}
