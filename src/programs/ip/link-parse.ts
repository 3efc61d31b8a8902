import type { LinkAttrs } from "../../net/uapi/rtnetlink-link.ts";
import { type Args, isAltname, isIfname, matches, parseUnsigned } from "./lib/args.ts";
import { parseGroup } from "./lib/names.ts";
import type { Cmd } from "./lib/tool.ts";
import { NETNS_DIR } from "./netns-names.ts";
import { LINK_USAGE } from "./usage.ts";

/** What stands before "type" in `ip link add` and `set` (iplink_parse). */
export interface ParsedLink {
  readonly attrs: LinkAttrs;
  /** The device that is named: for `set` an existing one. */
  readonly dev: string | null;
  readonly type: string | null;
}

/** Attributes while they are read. */
type Draft = { -readonly [K in keyof LinkAttrs]: LinkAttrs[K] };

class LinkParser {
  readonly args: Args;
  readonly draft: Draft = {};
  name: string | null = null;
  dev: string | null = null;

  constructor(args: Args) {
    this.args = args;
  }

  *run(): Cmd<ParsedLink> {
    while (this.args.more) {
      const word = this.args.take();
      if (matches(word, "type")) return this.#done(yield* this.args.next());
      yield* this.#word(word);
    }
    return this.#done(null);
  }

  #done(type: string | null): ParsedLink {
    const name = this.name ?? this.dev;
    const dev = this.dev ?? this.name;
    return { attrs: name === null || name === dev && this.name === null ? this.draft : { ...this.draft, name }, dev, type };
  }

  *#word(word: string): Cmd<void> {
    if (word === "up") return this.#flag(0x1, true);
    if (word === "down") return this.#flag(0x1, false);
    if (word === "name") return yield* this.#name();
    if (yield* this.#number(word)) return;
    if (yield* this.#switch(word)) return;
    if (yield* this.#reference(word)) return;
    yield* this.#text(word);
  }

  #flag(bit: number, on: boolean): void {
    const { draft } = this;
    draft.flagsOn = on ? (draft.flagsOn ?? 0) | bit : (draft.flagsOn ?? 0) & ~bit;
    draft.flagsOff = on ? (draft.flagsOff ?? 0) & ~bit : (draft.flagsOff ?? 0) | bit;
  }

  *#name(): Cmd<void> {
    const name = yield* this.args.next();
    if (this.name !== null) yield* this.args.twice("name", name);
    if (!isIfname(name)) yield* this.args.wrong("\"name\" not a valid ifname", name);
    this.name = name;
  }

  *#number(word: string): Cmd<boolean> {
    const { args, draft } = this;
    if (word === "index") draft.index = yield* args.number(0x7fffffff, "Invalid \"index\" value");
    else if (matches(word, "txqueuelen") || word === "qlen" || matches(word, "txqlen")) draft.txqlen = yield* args.number(0x7fffffff, "Invalid \"txqueuelen\" value\n");
    else if (word === "mtu") draft.mtuBytes = yield* args.number(0x7fffffff, "Invalid \"mtu\" value\n");
    else if (word === "group") draft.group = yield* this.#group();
    else if (matches(word, "numtxqueues") || matches(word, "numrxqueues")) yield* this.#refused(word);
    else return false;
    return true;
  }

  *#group(): Cmd<number> {
    const text = yield* this.args.next();
    return parseGroup(text) ?? (yield* this.args.wrong("Invalid \"group\" value\n", text));
  }

  *#switch(word: string): Cmd<boolean> {
    const bits: Readonly<Record<string, number>> = { multicast: 0x1000, allmulticast: 0x200, promisc: 0x100, dynamic: 0x8000, trailers: 0x20, arp: 0x80 };
    const bit = bits[word];
    if (bit === undefined) return false;
    const on = yield* this.args.onOff(word);
    this.#flag(bit, word === "arp" || word === "trailers" ? !on : on);
    return true;
  }

  *#reference(word: string): Cmd<boolean> {
    const { args, draft } = this;
    if (matches(word, "link")) draft.link = yield* this.#device(yield* args.next());
    else if (word === "netns") yield* this.#netns();
    else if (matches(word, "master")) draft.master = yield* this.#device(yield* args.next());
    else if (matches(word, "nomaster")) draft.master = 0;
    else return false;
    return true;
  }

  *#device(name: string): Cmd<number> {
    const index = this.args.tool.links.index(name);
    return index === 0 ? yield* this.args.wrong("Device does not exist\n", name) : index;
  }

  /** A name below /run/netns, or a process. */
  *#netns(): Cmd<void> {
    const text = yield* this.args.next();
    if (this.draft.netns !== undefined) yield* this.args.twice("netns", text);
    const fd = this.args.tool.sys.open(text.includes("/") ? text : `${NETNS_DIR}/${text}`, { read: true });
    const pid = parseUnsigned(text);
    if (typeof fd === "number") this.draft.netns = { fd };
    else if (pid !== null) this.draft.netns = { pid };
    else yield* this.args.wrong("Invalid \"netns\" value\n", text);
  }

  *#text(word: string): Cmd<void> {
    const { args, draft } = this;
    if (matches(word, "address")) draft.address = yield* args.lladdr();
    else if (matches(word, "broadcast") || word === "brd") draft.broadcast = yield* args.lladdr();
    else if (matches(word, "alias")) draft.alias = yield* args.next();
    else if (NOT_SIMULATED.has(word)) yield* this.#refused(word);
    else yield* this.#device1(word);
  }

  /** Neither a keyword: the device, with or without "dev". */
  *#device1(word: string): Cmd<void> {
    const { args } = this;
    if (matches(word, "help")) yield* args.tool.die(LINK_USAGE);
    const name = word === "dev" ? yield* args.next() : word;
    if (this.dev !== null) yield* args.twiceOrGarbage("dev", name);
    if (!isAltname(name)) yield* args.wrong("\"dev\" not a valid ifname", name);
    this.dev = name;
  }

  *#refused(word: string): Cmd<never> {
    return yield* this.args.tool.die(`ip: link ${word}: not simulated here\n`);
  }
}

const NOT_SIMULATED: ReadonlySet<string> = new Set([
  "carrier", "mode", "state", "addrgenmode", "link-netns", "link-netnsid", "vf", "vrf", "protodown", "protodown_reason", "gso_max_size", "gso_max_segs",
  "gro_max_size", "parentdev", "xdp", "xdpgeneric", "xdpdrv", "xdpoffload",
]);

export function* parseLink(args: Args): Cmd<ParsedLink> {
  return yield* new LinkParser(args).run();
}
