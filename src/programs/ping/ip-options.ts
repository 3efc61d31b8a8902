import { readIp4, readU32, type Ip4 } from "../../wire/addr.ts";

const [EOL, NOP, LSRR, TIMESTAMP, RECORD_ROUTE, SSRR] = [0, 1, 131, 68, 7, 137];
/** Options point past their own three bytes of head. */
const FIRST_SLOT = 4;

/** Prints the IP options of a reply (-R, -T); remembers the last route to say `(same route)`. */
export class OptionsPrinter {
  #lastRoute = "";
  readonly #show: (addr: Ip4) => string;
  readonly #flood: boolean;

  constructor(show: (addr: Ip4) => string, flood: boolean) {
    this.#show = show;
    this.#flood = flood;
  }

  text(options: Uint8Array): string {
    let out = "";
    for (let at = 0; at < options.length; ) {
      const kind = options[at];
      if (kind === EOL) break;
      if (kind === NOP) {
        out += "\nNOP";
        at++;
        continue;
      }
      const length = options[at + 1] ?? 0;
      if (length < 2 || at + length > options.length) break;
      out += this.#one(options.subarray(at, at + length));
      at += length;
    }
    return out;
  }

  #one(option: Uint8Array): string {
    const kind = option[0] ?? 0;
    if (kind === LSRR || kind === SSRR) return this.#sourceRoute(option);
    if (kind === RECORD_ROUTE) return this.#recordedRoute(option);
    return kind === TIMESTAMP ? this.#timestamps(option) : `\nunknown option ${kind.toString(16)}`;
  }

  #addresses(option: Uint8Array, bytes: number): string {
    let out = "";
    for (let at = 3; at < 3 + bytes && at + 4 <= option.length; at += 4) out += `\t${this.#address(option, at)}\n`;
    return out;
  }

  #address(option: Uint8Array, at: number): string {
    const addr = readIp4(option, at);
    return addr === 0 ? "0.0.0.0" : this.#show(addr);
  }

  #sourceRoute(option: Uint8Array): string {
    const bytes = (option[1] ?? 0) - (FIRST_SLOT - 1);
    return `\n${option[0] === SSRR ? "S" : "L"}SRR: ${this.#addresses(option, bytes)}`;
  }

  #recordedRoute(option: Uint8Array): string {
    const bytes = Math.min(option[2] ?? 0, option[1] ?? 0) - FIRST_SLOT;
    if (bytes <= 0) return "";
    const route = option.subarray(3, 3 + bytes).join(".");
    if (route === this.#lastRoute && !this.#flood) return "\t(same route)";
    this.#lastRoute = route;
    return `\nRR: ${this.#addresses(option, bytes)}`;
  }

  #timestamps(option: Uint8Array): string {
    let left = Math.min(option[2] ?? 0, option[1] ?? 0) - 5;
    if (left <= 0) return "";
    const flags = option[3] ?? 0;
    let out = "\nTS: ";
    let standard = 0;
    let other = 0;
    for (let at = 4; left > 0 && at + 4 <= option.length; ) {
      if ((flags & 15) !== 0) {
        out += `\t${this.#address(option, at)}`;
        at += 4;
        left -= 4;
        if (left <= 0) break;
      }
      const stamp = readU32(option, at);
      const time = stamp & 0x7fffffff;
      if (stamp > 0x7fffffff) {
        out += other === 0 ? `\t${time} absolute not-standard` : `\t${time - other} not-standard`;
        other = time;
      } else {
        out += standard === 0 ? `\t${stamp} absolute` : `\t${stamp - standard}`;
        standard = stamp;
      }
      out += "\n";
      at += 4;
      left -= 4;
    }
    return flags >> 4 > 0 ? `${out}Unrecorded hops: ${flags >> 4}\n` : out;
  }
}
