import { strerror } from "../../../net/uapi/errno.ts";
import { type RtnlError, type RtnlItem, type RtnlReply, type RtnlRequest, isRtnlError } from "../../../net/uapi/rtnetlink.ts";
import { STDERR, STDOUT, type Sys, type Wait } from "../../../os/sys.ts";
import { formatIp4, type Ip4 } from "../../../wire/addr.ts";
import { AddressNames } from "../../lib/address-names.ts";
import { Out } from "../../lib/out.ts";
import { LinkCache } from "./link-cache.ts";
import { Printer, type PrinterOptions } from "./printer.ts";

/** exit(3), as a value that a command yields; the driver flushes and does not resume it. */
export interface Exit {
  readonly exit: number;
}

/** A command of ip or bridge. It returns what the C function would (0, or negative when it failed) or exits. */
export type Cmd<T> = Generator<Wait | Exit, T, void>;

/** Options before the object: `-s -d -4 -br …`. */
export interface ToolOptions extends PrinterOptions {
  readonly family: "any" | "inet" | "inet6" | "link" | "mpls" | "bridge";
  /** How many times -s was given. */
  readonly stats: number;
  readonly details: number;
  readonly brief: boolean;
  readonly human: boolean;
  readonly iec: boolean;
  readonly numeric: boolean;
  readonly resolve: boolean;
  readonly force: boolean;
  readonly all: boolean;
  readonly timestamp: "no" | "long" | "short";
  readonly compressVlans: boolean;
}

export const PLAIN: ToolOptions = {
  json: false, pretty: false, oneline: false, color: "no", family: "any", stats: 0, details: 0, brief: false, human: false, iec: false,
  numeric: false, resolve: false, force: false, all: false, timestamp: "no", compressVlans: false,
};

/** What a command has in hand: the system, the options, stdout as text or JSON, and the kernel's links by name and index. */
export class Tool {
  readonly name: "ip" | "bridge" | "tc";
  readonly sys: Sys;
  readonly options: ToolOptions;
  readonly out: Printer;
  readonly links: LinkCache;
  /** Names of network namespaces by id, once somebody asked. */
  nsids: ReadonlyMap<number, string> | null = null;
  readonly #stdout: Out;
  readonly #hosts: AddressNames;

  constructor(name: "ip" | "bridge" | "tc", sys: Sys, options: ToolOptions) {
    this.name = name;
    this.sys = sys;
    this.options = options;
    this.out = new Printer(options);
    this.links = new LinkCache(sys);
    this.#stdout = new Out(sys, STDOUT);
    this.#hosts = new AddressNames(sys);
  }

  /** Hands over what was printed to stdout's buffer; `now` writes it out. */
  *flush(now = true): Cmd<void> {
    yield* this.#stdout.text(this.out.take());
    if (now) yield* this.#stdout.flush();
  }

  /** Text in any case, where the real tool uses fprintf and forgets about JSON. */
  *plain(text: string): Cmd<void> {
    yield* this.#stdout.text(this.out.take() + text);
  }

  *err(text: string): Cmd<void> {
    yield* this.flush(this.sys.isatty(STDOUT));
    yield* this.sys.write(STDERR, text);
  }

  /** Asks the kernel and says on stderr what it refused: null then. */
  *talk(request: RtnlRequest): Cmd<readonly RtnlItem[] | null> {
    const reply = this.sys.rtnl(request);
    if (!isRtnlError(reply)) return yield* this.#heard(reply);
    yield* this.err(errorText(reply));
    return null;
  }

  /** A listing; a refusal ends it with "Dump terminated". */
  *dump(request: RtnlRequest): Cmd<readonly RtnlItem[] | null> {
    const items = yield* this.talk(request);
    if (items === null) yield* this.err("Dump terminated\n");
    return items;
  }

  *#heard(reply: Exclude<RtnlReply, RtnlError>): Cmd<readonly RtnlItem[]> {
    if (reply.warning !== undefined) yield* this.err(`Warning: ${sentence(reply.warning)}\n`);
    if (this.options.resolve) yield* this.#hosts.learn(reply.items.flatMap(hostsIn));
    return reply.items;
  }

  /** format_host: an address, by its name when `-resolve` asks for names. */
  host(addr: Ip4): string {
    return this.options.resolve ? this.#hosts.text(addr) : formatIp4(addr);
  }

  /** exit(3). */
  *exit(status: number): Cmd<never> {
    yield { exit: status };
    throw new Error("a command went on after it had exited");
  }

  /** A message on stderr, then exit. */
  *die(text: string, status = 255): Cmd<never> {
    yield* this.err(text);
    return yield* this.exit(status);
  }
}

/** Addresses of a row that are shown by name; networks are not. */
function hostsIn(item: RtnlItem): readonly Ip4[] {
  if (item.is === "neigh") return [item.neigh.ip];
  if (item.is === "addr") return [item.addr.local, item.addr.peer, ...(item.addr.broadcast === null ? [] : [item.addr.broadcast])];
  if (item.is === "routeGet") return [item.route.dst, ...(item.route.gateway === null ? [] : [item.route.gateway])];
  if (item.is !== "route") return [];
  return [...(item.route.prefixLen === 32 ? [item.route.dst] : []), ...item.route.nexthops.flatMap((nh) => (nh.gateway === null ? [] : [nh.gateway]))];
}

const sentence = (text: string): string => (/[.\n]$/.test(text) ? text : `${text}.`);

/** nl_dump_ext_ack and rtnl_talk's own words. */
export const errorText = (e: RtnlError): string =>
  e.message === undefined ? `RTNETLINK answers: ${strerror(e.error)}\n` : `Error: ${sentence(e.message)}\n`;

/** Runs a command to its end or exit; what it yields otherwise goes on to the scheduler. */
export function* runCommand(tool: Tool, command: Cmd<number>): Generator<Wait, number, void> {
  for (let step = command.next(); ; step = command.next()) {
    if (step.done === true) return yield* ended(tool, step.value);
    if ("exit" in step.value) return yield* ended(tool, step.value.exit);
    yield step.value;
  }
}

function* ended(tool: Tool, status: number): Generator<Wait, number, void> {
  for (const wait of tool.flush()) if (!("exit" in wait)) yield wait;
  return status & 255;
}

/** A command whose output so far is printed before it ends the program. */
export function* flushing(tool: Tool, command: Cmd<number>): Cmd<number> {
  for (let step = command.next(); ; step = command.next()) {
    if (step.done === true) return step.value;
    if ("exit" in step.value) yield* tool.flush();
    yield step.value;
  }
}
