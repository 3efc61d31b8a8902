/** One field line as it was written: `Content-Type: text/html`. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** The fields of a message: names compare without case, and keep case, order and repetition (RFC 9110 §5). */
export class Headers {
  #fields: HeaderField[];

  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    this.#fields = Array.from(fields, ([name, value]) => ({ name, value }));
  }

  get fields(): readonly HeaderField[] {
    return this.#fields;
  }

  /** The first value. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.#fields.find((f) => f.name.toLowerCase() === wanted)?.value;
  }

  /** The last value. */
  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  all(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    return this.#fields.filter((f) => f.name.toLowerCase() === wanted).map((f) => f.value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Elements of a comma-separated list over all fields of that name, lower case: `Connection: Keep-Alive, TE` → keep-alive, te. */
  tokens(name: string): readonly string[] {
    return this.all(name).flatMap((v) => v.split(",")).map((t) => t.trim().toLowerCase()).filter((t) => t !== "");
  }

  add(name: string, value: string): this {
    this.#fields.push({ name, value });
    return this;
  }

  /** Replaces the first field of that name where it stands and removes the others; appends when there is none. */
  set(name: string, value: string): this {
    const wanted = name.toLowerCase();
    const at = this.#fields.findIndex((f) => f.name.toLowerCase() === wanted);
    if (at < 0) return this.add(name, value);
    this.#fields = this.#fields.filter((f, i) => i <= at || f.name.toLowerCase() !== wanted);
    this.#fields[at] = { name, value };
    return this;
  }

  delete(name: string): this {
    const wanted = name.toLowerCase();
    this.#fields = this.#fields.filter((f) => f.name.toLowerCase() !== wanted);
    return this;
  }

  copy(): Headers {
    return new Headers(this.#fields.map((f) => [f.name, f.value] as const));
  }

  /** As field lines, each with CR LF. */
  text(): string {
    return this.#fields.map((f) => `${f.name}: ${f.value}\r\n`).join("");
  }
}
