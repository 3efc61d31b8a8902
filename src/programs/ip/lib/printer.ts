import { JsonWriter } from "./json-writer.ts";

/** What may be coloured, in the tool's palette for dark backgrounds; light ones when COLORFGBG says so. */
const COLORS = { ifname: "\x1b[36m", mac: "\x1b[33m", inet: "\x1b[35m", inet6: "\x1b[34m", up: "\x1b[32m", down: "\x1b[31m" } as const;
const COLORS_DARK = { ifname: "\x1b[1;36m", mac: "\x1b[1;33m", inet: "\x1b[1;35m", inet6: "\x1b[1;34m", up: "\x1b[1;32m", down: "\x1b[1;31m" } as const;
export type ColorOf = keyof typeof COLORS;

export interface PrinterOptions {
  readonly json: boolean;
  readonly pretty: boolean;
  readonly oneline: boolean;
  readonly color: "no" | "light" | "dark";
}

/** One output, as text or as JSON: each thing is told once, with its words and its value (json_print.c). */
export class Printer {
  readonly json: JsonWriter | null;
  readonly #options: PrinterOptions;
  #text = "";

  constructor(options: PrinterOptions) {
    this.#options = options;
    this.json = options.json ? new JsonWriter(options.pretty) : null;
  }

  /** All that was printed since the last call. */
  take(): string {
    const text = this.#text + (this.json?.take() ?? "");
    this.#text = "";
    return text;
  }

  /** Text in text mode, a member in JSON. `text` has the value in it already. */
  any(key: string | undefined, value: string | number | boolean | null, text: string, color?: ColorOf): void {
    if (this.json !== null) this.json.value(key, value);
    else this.#text += this.#colored(text, color);
  }

  /** Text mode only. */
  fp(text: string, color?: ColorOf): void {
    if (this.json === null) this.#text += this.#colored(text, color);
  }

  /** JSON only. */
  js(key: string | undefined, value: string | number | boolean): void {
    this.json?.value(key, value);
  }

  openObject(name?: string): void {
    this.json?.open("{", name);
  }
  closeObject(): void {
    this.json?.close("}");
  }
  openArray(name?: string): void {
    this.json?.open("[", name);
  }
  closeArray(): void {
    this.json?.close("]");
  }

  /** Between the lines of one record: a newline, with -o a backslash. */
  nl(): void {
    this.fp(this.#options.oneline ? "\\" : "\n");
  }

  /** Whole output in JSON: one array. */
  begin(): void {
    this.openArray();
  }
  end(): void {
    this.closeArray();
    this.json?.newline();
  }

  #colored(text: string, color: ColorOf | undefined): string {
    if (color === undefined || this.#options.color === "no") return text;
    const palette = this.#options.color === "dark" ? COLORS_DARK : COLORS;
    return `${palette[color]}${text}\x1b[0m`;
  }
}
