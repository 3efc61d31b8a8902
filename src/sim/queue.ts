/** An event in the queue. Order is by (time, sequence number): a total order, the same on every machine. */
export interface QueuedEvent {
  atNs: number;
  seq: number;
  cancelled: boolean;
}

/** Later than this from now an event is far: the minutes-long timers of flows and connections, of which there are thousands. */
const FAR_NS = 200_000_000;

/**
 * Events in total order. Far ones wait in a heap of their own, so that the many frames under way do not
 * climb over them; which heap an event is in never changes the order.
 */
export class EventQueue<E extends QueuedEvent> {
  readonly #near = new Heap<E>();
  readonly #far = new Heap<E>();
  #nowNs = 0;

  get size(): number {
    return this.#near.size + this.#far.size;
  }

  /** The earliest event that was not cancelled, left in place. */
  peek(): E | undefined {
    const near = this.#near.peek();
    const far = this.#far.peek();
    if (near === undefined || far === undefined) return near ?? far;
    return isBefore(near, far) ? near : far;
  }

  pop(): E | undefined {
    const top = this.peek();
    if (top === undefined) return undefined;
    if (this.#near.peek() === top) this.#near.removeTop();
    else this.#far.removeTop();
    this.#nowNs = top.atNs;
    return top;
  }

  push(event: E): void {
    if (event.atNs - this.#nowNs > FAR_NS) this.#far.push(event);
    else this.#near.push(event);
  }
}

/** A binary heap. */
class Heap<E extends QueuedEvent> {
  #heap: E[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): E | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.cancelled) this.removeTop();
    return this.#heap[0];
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

  removeTop(): void {
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
