/** A binary heap of events ordered by (time, sequence number): a total order, the same on every machine. */
export interface QueuedEvent {
  atNs: number;
  seq: number;
  cancelled: boolean;
}

export class EventQueue<E extends QueuedEvent> {
  #heap: E[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest event that was not cancelled, left in place. */
  peek(): E | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.cancelled) this.#removeTop();
    return this.#heap[0];
  }

  pop(): E | undefined {
    const top = this.peek();
    if (top !== undefined) this.#removeTop();
    return top;
  }

  push(event: E): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
  }

  #sink(event: E): void {
    const heap = this.#heap;
    const size = heap.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.seq < b.seq);
}
