/** host(1) of BIND 9.18. */
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { RCODE_NXDOMAIN, TYPE_A, TYPE_AAAA, TYPE_ANY, TYPE_MX, TYPE_OPT, TYPE_PTR, type DnsMessage, type DnsRecord } from "../../wire/dns.ts";
import { cnameChain } from "../lib/resolver/dns-hosts.ts";
import { rcodeName, typeName } from "../lib/dns-types.ts";
import { rdataText } from "../lib/dns-rdata.ts";
import { Out } from "../lib/out.ts";
import { readResolvConf } from "../lib/resolver/conf.ts";
import { ask, nameProblem, shownName, type Front, type Reply } from "./ask.ts";
import { readHostArguments, type HostArgs } from "./host-options.ts";
import { copyOf, type Lookup, type Server } from "./lookup.ts";
import { messageText } from "./print.ts";
import { reverseOfAddress, serversNamed } from "./targets.ts";

/** How host says what a record is; other types "has TYPE record". */
const SAYS: Readonly<Record<number, string>> = {
  1: "has address", 2: "name server", 5: "is an alias for", 11: "has well known services", 12: "domain name pointer", 13: "host information", 15: "mail is handled by",
  16: "descriptive text", 19: "x25 address", 20: "ISDN address", 24: "has signature", 25: "has key", 28: "has IPv6 address", 29: "location",
};

export const host: Program = function* (sys, argv) {
  const args = readHostArguments(argv);
  if (args.is === "end") {
    yield* sys.write(STDERR, args.stderr);
    return args.status;
  }
  const own = args.server === null ? undefined : yield* serversNamed(sys, args.server);
  if (own === null) return yield* fatal(sys, `couldn't get address for '${args.server ?? ""}': failure`);
  const problem = nameProblem(args.name);
  if (problem !== null) return yield* fatal(sys, `'${args.name}' is not a legal name (${problem})`);
  const out = new Out(sys, STDOUT);
  const status = yield* new HostTool(sys, args, out, own ?? null).run();
  yield* out.flush();
  return status;
};

function* fatal(sys: Sys, text: string): Task<number> {
  yield* sys.write(STDERR, `host: ${text}\n`);
  return 1;
}

class HostTool implements Front {
  readonly wantsRecursion = true;
  readonly #sys: Sys;
  readonly #args: HostArgs;
  readonly #out: Out;
  readonly #servers: readonly Server[] | null;
  #namedServer: boolean;
  #status = 0;
  /** Only a name was given: addresses of both families and mail exchangers. */
  readonly #all: boolean;
  #more: Lookup[] = [];

  constructor(sys: Sys, args: HostArgs, out: Out, servers: readonly Server[] | null) {
    this.#sys = sys;
    this.#args = args;
    this.#out = out;
    this.#servers = servers;
    this.#namedServer = servers !== null;
    this.#all = !args.lookup.typeGiven && reverseOfAddress(args.name) === null;
  }

  *run(): Task<number> {
    const conf = readResolvConf(this.#sys);
    const servers = this.#servers ?? conf.servers.map((addr) => ({ name: formatIp4(addr), addr }));
    const reverse = reverseOfAddress(this.#args.name);
    const lookup = copyOf(this.#args.lookup);
    lookup.name = reverse ?? this.#args.name;
    if (reverse !== null && (!lookup.typeGiven || lookup.type === TYPE_ANY)) lookup.type = TYPE_PTR;
    if (lookup.type === TYPE_ANY && !lookup.tcpGiven) lookup.tcp = true;
    this.#more = [lookup];
    for (let next = this.#more.shift(); next !== undefined; next = this.#more.shift()) {
      if (!(yield* ask({ sys: this.#sys, conf, servers, front: this }, next))) this.#status = 1;
    }
    return this.#status;
  }

  *warn(text: string): Task<void> {
    yield* this.#out.text(`;; ${text}\n`);
  }

  *sending(_lookup: Lookup, _message: DnsMessage, _bytes: number, name: string): Task<void> {
    if (this.#args.verbose) yield* this.#out.text(`Trying "${shownName(name)}"\n`);
  }

  *refused(): Task<void> {
    // host says nothing of servers it passes over.
  }

  *nobody(): Task<void> {
    yield* this.#out.text(";; no servers could be reached\n");
  }

  *reply(lookup: Lookup, reply: Reply): Task<void> {
    const { message } = reply;
    yield* this.#tellServer(reply);
    const rcode = message.flags & 15;
    if (rcode !== 0) {
      yield* this.#out.text(`Host ${shownName(rcode === RCODE_NXDOMAIN ? lookup.name : reply.name)} not found: ${rcode}(${rcodeName(rcode)})\n`);
      this.#status = 1;
    } else {
      this.#askMore(lookup, reply);
      yield* this.#out.text(this.#args.verbose ? messageText(message, lookup.show) : this.#shortText(lookup, reply));
    }
    const received = `Received ${reply.bytes} bytes from ${formatIp4(reply.server.addr)}#${reply.port} in ${Math.floor(reply.tookNs / 1e6)} ms\n`;
    if (this.#args.verbose) yield* this.#out.text(rcode === RCODE_NXDOMAIN ? received + received : received);
  }

  *#tellServer({ server, port }: Reply): Task<void> {
    if (this.#namedServer) yield* this.#out.text(`Using domain server:\nName: ${server.name}\nAddress: ${formatIp4(server.addr)}#${port}\nAliases: \n\n`);
    this.#namedServer = false;
  }

  /** After the addresses: IPv6 and mail of the name at the end of the aliases. */
  #askMore(lookup: Lookup, reply: Reply): void {
    if (!this.#all || lookup.type !== TYPE_A) return;
    const name = cnameChain(reply.message, reply.name).at(-1) ?? reply.name;
    for (const type of [TYPE_AAAA, TYPE_MX]) this.#more.push({ ...copyOf(lookup), name, type });
  }

  #shortText(lookup: Lookup, { message, name }: Reply): string {
    const shown = message.answers.filter((r) => r.type !== TYPE_OPT);
    if (shown.length === 0 && !this.#all) return `${shownName(name)} has no ${typeName(lookup.type)} record\n`;
    return shown.map(say).join("");
  }
}

function say(record: DnsRecord): string {
  const verb = SAYS[record.type] ?? `has ${typeName(record.type)} record`;
  return `${shownName(record.name)} ${verb} ${rdataText(record)}\n`;
}

