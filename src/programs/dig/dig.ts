/** dig(1) of BIND 9.18. */
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import type { DnsMessage } from "../../wire/dns.ts";
import { formatDate } from "../lib/date.ts";
import { rdataText } from "../lib/dns-rdata.ts";
import { Out } from "../lib/out.ts";
import { readResolvConf } from "../lib/resolver/conf.ts";
import { readArguments, type DigArgs } from "./arguments.ts";
import { ask, nameProblem, type Front, type Reply } from "./ask.ts";
import type { Lookup, Server } from "./lookup.ts";
import { messageText } from "./print.ts";

const STATUS_NO_REPLY = 9;
const STATUS_INTERNAL = 10;

export const dig: Program = function* (sys, argv) {
  const args = yield* readArguments(sys, argv);
  if (args.is === "end") {
    if (args.stdout !== undefined && args.stdout !== "") yield* sys.write(STDOUT, args.stdout);
    if (args.stderr !== undefined) yield* sys.write(STDERR, args.stderr);
    return args.status;
  }
  if (args.warnings !== "") yield* sys.write(STDERR, args.warnings);
  const out = new Out(sys, STDOUT);
  const status = yield* runAll(sys, args, out);
  yield* out.flush();
  return status;
};

function* runAll(sys: Sys, args: DigArgs, out: Out): Task<number> {
  const conf = readResolvConf(sys);
  const asker = { sys, conf, servers: conf.servers.map((addr) => ({ name: formatIp4(addr), addr })), front: new DigFront(sys, args, out) };
  let status = 0;
  for (const lookup of args.lookups) {
    const problem = nameProblem(lookup.name);
    if (problem !== null) {
      yield* out.flush();
      yield* sys.write(STDERR, `dig: '${lookup.name}' is not a legal name (${problem})\n`);
      return STATUS_INTERNAL;
    }
    if (!(yield* ask(asker, lookup))) status = STATUS_NO_REPLY;
  }
  return status;
}

class DigFront implements Front {
  readonly wantsRecursion = false;
  readonly #sys: Sys;
  readonly #args: DigArgs;
  readonly #out: Out;
  #greeted = false;

  constructor(sys: Sys, args: DigArgs, out: Out) {
    this.#sys = sys;
    this.#args = args;
    this.#out = out;
  }

  *warn(text: string): Task<void> {
    yield* this.#out.text(`;; ${text}\n`);
  }

  /** The command line, once, before the first thing that is not a complaint. */
  *#greet(): Task<void> {
    const { globals, greeting } = this.#args;
    if (!this.#greeted && globals.cmd && !globals.short) yield* this.#out.text(`${greeting};; global options: +cmd\n`);
    this.#greeted = true;
  }

  *sending(lookup: Lookup, message: DnsMessage, bytes: number): Task<void> {
    if (!lookup.show.query) return;
    yield* this.#greet();
    const { comments } = lookup.show;
    yield* this.#out.text(`${comments ? ";; Sending:\n" : ""}${messageText(message, lookup.show)}${lookup.show.stats || comments ? `;; QUERY SIZE: ${bytes}\n\n` : ""}`);
  }

  *refused(lookup: Lookup, server: Server, why: string, more: boolean): Task<void> {
    if (lookup.show.comments && !this.#args.globals.short) yield* this.warn(`Got ${why} from ${server.name}${more ? ", trying next server" : ""}`);
  }

  *nobody(_lookup: Lookup, setup: boolean): Task<void> {
    if (!setup) yield* this.#greet();
    yield* this.#out.text(";; no servers could be reached\n");
  }

  *reply(lookup: Lookup, reply: Reply): Task<void> {
    if (this.#args.globals.short) return yield* this.#short(lookup, reply);
    yield* this.#greet();
    const { show } = lookup;
    yield* this.#out.text(`${show.comments ? ";; Got answer:\n" : ""}${messageText(reply.message, show)}`);
    if (show.stats) yield* this.#out.text(this.#stats(lookup, reply));
    else if (show.identify) yield* this.#out.text(`;; Received ${reply.bytes} bytes from ${formatIp4(reply.server.addr)}#${reply.port}(${reply.server.name}) in ${Math.floor(reply.tookNs / 1e6)} ms\n\n`);
  }

  *#short(lookup: Lookup, reply: Reply): Task<void> {
    const { show } = lookup;
    const by = show.identify ? ` from server ${reply.server.name} in ${Math.floor(reply.tookNs / 1e6)} ms.` : "";
    for (const record of reply.message.answers) {
      yield* this.#out.text(`${rdataText(record, { split: show.split, multiline: false, unknown: show.unknown, expandAaaa: show.expandAaaa })}${by}\n`);
    }
  }

  #stats({ show }: Lookup, reply: Reply): string {
    const time = show.microseconds ? `${Math.floor(reply.tookNs / 1e3)} usec` : `${Math.floor(reply.tookNs / 1e6)} msec`;
    const server = `${formatIp4(reply.server.addr)}#${reply.port}(${reply.server.name}) (${reply.tcp ? "TCP" : "UDP"})`;
    const when = formatDate("%a %b %d %H:%M:%S UTC %Y", this.#sys.wallTime());
    return `;; Query time: ${time}\n;; SERVER: ${server}\n;; WHEN: ${when}\n;; MSG SIZE  rcvd: ${reply.bytes}\n\n`;
  }
}
