/** Bytes waiting in order: the buffer of a pipe or a terminal. Chunks are kept as they came and cut when read. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a copy: the writer may reuse its buffer. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes.slice());
    this.#length += bytes.length;
  }

  /** Removes and returns the first bytes, at most `maxBytes`. */
  take(maxBytes: number): Uint8Array {
    const out = new Uint8Array(Math.min(maxBytes, this.#length));
    for (let at = 0; at < out.length; ) at += this.#cut(out, at);
    this.#length -= out.length;
    return out;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#length = 0;
  }

  /** Copies what fits of the first chunk to `out[at…]`; returns how much. */
  #cut(out: Uint8Array, at: number): number {
    const chunk = this.#chunks[0]!;
    const n = Math.min(chunk.length - this.#head, out.length - at);
    out.set(chunk.subarray(this.#head, this.#head + n), at);
    this.#head += n;
    if (this.#head === chunk.length) {
      this.#chunks.shift();
      this.#head = 0;
    }
    return n;
  }
}
