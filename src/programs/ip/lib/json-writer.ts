/** JSON as iproute2's json_writer lays it out: on one line, or "pretty" with four blanks a level. */
export class JsonWriter {
  #text = "";
  #depth = 0;
  #comma = false;
  readonly #pretty: boolean;

  constructor(pretty: boolean) {
    this.#pretty = pretty;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  open(kind: "{" | "[", name?: string): void {
    if (name !== undefined) this.#name(name);
    this.#separate();
    this.#text += kind;
    this.#depth++;
    this.#comma = false;
    if (kind === "[" && this.#pretty) this.#text += " ";
  }

  close(kind: "}" | "]"): void {
    if (kind === "]") {
      if (this.#pretty && this.#comma) this.#text += " ";
      this.#comma = false;
    }
    this.#depth--;
    if (this.#comma) this.#line();
    this.#text += kind;
    this.#comma = true;
  }

  /** A member of an object, or without a name an item of an array. */
  value(name: string | undefined, value: string | number | boolean | null): void {
    if (name !== undefined) this.#name(name);
    this.#separate();
    this.#text += typeof value === "string" ? quote(value) : String(value);
  }

  /** A number in the tool's own notation ("0.00"). */
  literal(name: string, text: string): void {
    this.#name(name);
    this.#separate();
    this.#text += text;
  }

  newline(): void {
    this.#text += "\n";
  }

  #name(name: string): void {
    this.#separate();
    this.#line();
    this.#comma = false;
    this.#text += `${quote(name)}:${this.#pretty ? " " : ""}`;
  }

  #separate(): void {
    if (this.#comma) this.#text += ",";
    this.#comma = true;
  }

  #line(): void {
    if (this.#pretty) this.#text += `\n${"    ".repeat(this.#depth)}`;
  }
}

const quote = (text: string): string => JSON.stringify(text).replaceAll("'", "\\'");
