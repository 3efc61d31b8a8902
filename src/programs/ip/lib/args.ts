import { type Ip4, type Mac, mac } from "../../../wire/addr.ts";
import type { Cmd, Tool } from "./tool.ts";
import { type Prefix, parseAddr, parsePrefix } from "./addresses.ts";

/** Is `arg` an abbreviation of `word`? (matches() of iproute2; the empty string is none.) */
export const matches = (arg: string, word: string): boolean => arg !== "" && word.startsWith(arg);

export const MAC_BYTES = 6;
export const macOf = (bytes: readonly number[]): Mac => mac(bytes.slice(0, MAC_BYTES).reduce((n, b) => n * 256 + b, 0));

/** What the tool itself takes for a device it shall find or make: alternative names may be long (check_altifname). */
export const isAltname = (name: string): boolean => name.length > 0 && !/[/\s]/.test(name);

/** check_ifname: a name to be given. */
export const isIfname = (name: string): boolean => name.length > 0 && name.length < 16 && !/[/\s]/.test(name);

/**
 * The words after a command, read one after the other, with iproute2's own complaints. Reading past
 * the end or a bad value ends the program, as there.
 */
export class Args {
  readonly tool: Tool;
  readonly #words: readonly string[];
  #at = 0;

  constructor(tool: Tool, words: readonly string[]) {
    this.tool = tool;
    this.#words = words;
  }

  get more(): boolean {
    return this.#at < this.#words.length;
  }

  /** The word at hand, undefined at the end. */
  get peek(): string | undefined {
    return this.#words[this.#at];
  }

  /** Takes the word at hand. Only while there is one. */
  take(): string {
    return this.#words[this.#at++] ?? "";
  }

  get rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }

  /** NEXT_ARG: the value behind a keyword. */
  *next(): Cmd<string> {
    if (!this.more) return yield* this.tool.die("Command line is not complete. Try option \"help\"\n", 255);
    return this.take();
  }

  *wrong(message: string, arg: string): Cmd<never> {
    return yield* this.tool.die(`Error: argument "${arg}" is wrong: ${message}\n`);
  }

  *missing(key: string): Cmd<never> {
    return yield* this.tool.die(`Error: argument "${key}" is required\n`);
  }

  *twice(key: string, arg: string): Cmd<never> {
    return yield* this.tool.die(`Error: duplicate "${key}": "${arg}" is the second value.\n`);
  }

  *twiceOrGarbage(key: string, arg: string): Cmd<never> {
    return yield* this.tool.die(`Error: either "${key}" is duplicate, or "${arg}" is a garbage.\n`);
  }

  /** A number 0…max in any C notation, else `message` (default iproute2's `Invalid "key" value`). */
  *number(max: number, message: string): Cmd<number> {
    const text = yield* this.next();
    const n = parseUnsigned(text);
    return n === null || n > max ? yield* this.wrong(message, text) : n;
  }

  *onOff(key: string): Cmd<boolean> {
    const text = yield* this.next();
    if (text === "on") return true;
    if (text === "off") return false;
    yield* this.tool.err(`Error: argument of "${key}" must be "on" or "off", not "${text}"\n`);
    return yield* this.tool.exit(1);
  }

  /** The same in the words of parse_on_off, which some commands use. */
  *offOn(key: string): Cmd<boolean> {
    const text = yield* this.next();
    if (text === "on" || text === "off") return text === "on";
    return yield* this.tool.die(`Error: argument of "${key}" must be one of "off", "on", not "${text}"\n`, 234);
  }

  *address(): Cmd<Ip4> {
    return yield* addressOf(this.tool, yield* this.next());
  }

  *prefix(): Cmd<Prefix> {
    return yield* prefixOf(this.tool, yield* this.next());
  }

  /** ll_addr_a2n: bytes in hex between colons, as many as there are; what follows the digits is not looked at. */
  *lladdrBytes(): Cmd<readonly number[]> {
    const text = yield* this.next();
    const bytes = text.includes(".") ? text.split(".").map(Number) : text.split(":").map((part) => parseInt(part, 16));
    return bytes.every((b) => b >= 0 && b <= 255) ? bytes : yield* this.tool.die(`"${text}" is invalid lladdr.\n`, 1);
  }

  *lladdr(): Cmd<Mac> {
    const bytes = yield* this.lladdrBytes();
    if (bytes.length !== MAC_BYTES) return yield* this.tool.die(`Invalid address length ${bytes.length} - must be ${MAC_BYTES} bytes\n`, 1);
    return macOf(bytes);
  }

  /** Index of a device that must exist. */
  *device(status = 1): Cmd<number> {
    return yield* deviceOf(this.tool, yield* this.next(), status);
  }
}

/** strtoul with base 0: decimal, 0x hex, leading 0 octal. */
export function parseUnsigned(text: string): number | null {
  if (/^0x[0-9a-f]+$/i.test(text)) return parseInt(text, 16);
  if (/^0[0-7]+$/.test(text)) return parseInt(text, 8);
  return /^\d+$/.test(text) ? Number(text) : null;
}

const familyWord = (tool: Tool): string => (tool.options.family === "any" ? "any valid" : tool.options.family);

export function* addressOf(tool: Tool, text: string): Cmd<Ip4> {
  const addr = parseAddr(text);
  if (addr === "inet6" && tool.options.family !== "inet") return yield* refuseIpv6(tool, text);
  if (addr === null || addr === "inet6") return yield* tool.die(`Error: ${familyWord(tool)} address is expected rather than "${text}".\n`, 1);
  return addr;
}

export function* prefixOf(tool: Tool, text: string): Cmd<Prefix> {
  const prefix = parsePrefix(text);
  if (prefix === "inet6" && tool.options.family !== "inet") return yield* refuseIpv6(tool, text);
  if (prefix === null || prefix === "inet6") return yield* tool.die(`Error: ${familyWord(tool)} prefix is expected rather than "${text}".\n`, 1);
  return prefix;
}

export function* refuseIpv6(tool: Tool, text: string): Cmd<never> {
  return yield* tool.die(`${tool.name}: ${text}: IPv6 is not simulated here\n`, 2);
}

export function* deviceOf(tool: Tool, name: string, status = 1): Cmd<number> {
  const index = tool.links.index(name);
  return index === 0 ? yield* tool.die(`Cannot find device "${name}"\n`, status) : index;
}
