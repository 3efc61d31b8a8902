/** nslookup(1) of BIND 9.18: one question on the command line, or a conversation. */
import { isErrno } from "../../net/uapi/errno.ts";
import { STDERR, STDIN, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { TYPE_A, TYPE_AAAA, TYPE_ANY, TYPE_PTR, type DnsMessage } from "../../wire/dns.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { classNumber, className, rcodeName, typeName, typeNumber } from "../lib/dns-types.ts";
import { Out } from "../lib/out.ts";
import { cnameChain } from "../lib/resolver/dns-hosts.ts";
import { readResolvConf, type ResolvConf } from "../lib/resolver/conf.ts";
import { DIG_VERSION } from "./arguments.ts";
import { ask, nameProblem, shownName, type Front, type Reply } from "./ask.ts";
import { plainLookup } from "./host-options.ts";
import { copyOf, type Lookup, type Server } from "./lookup.ts";
import { answerText, debugText } from "./nslookup-print.ts";
import { reverseOfAddress, serversNamed } from "./targets.ts";

const STATUS_ILLEGAL = 10;

export const nslookup: Program = function* (sys, argv) {
  const out = new Out(sys, STDOUT);
  const tool = new Nslookup(sys, out);
  const status = yield* tool.run(argv.slice(1));
  yield* out.flush();
  return status;
};

class Nslookup implements Front {
  readonly wantsRecursion = true;
  readonly #sys: Sys;
  readonly #out: Out;
  readonly #conf: ResolvConf;
  readonly #options = plainLookup(3);
  #servers: readonly Server[];
  #debug = false;
  /** No type was asked for: A, then AAAA. */
  #all = true;
  #found = false;
  #error = false;
  #more: Lookup[] = [];

  constructor(sys: Sys, out: Out) {
    this.#sys = sys;
    this.#out = out;
    this.#conf = readResolvConf(sys);
    this.#servers = this.#conf.servers.map((addr) => ({ name: formatIp4(addr), addr }));
  }

  *run(args: readonly string[]): Task<number> {
    const operands: string[] = [];
    for (const arg of args) {
      if (!arg.startsWith("-") || arg === "-") operands.push(arg);
      else if (/^-(version|v)$/i.test(arg)) {
        yield* this.#sys.write(STDERR, `nslookup ${DIG_VERSION}\n`);
        return 0;
      } else if (!(yield* this.#set(arg.slice(1)))) return 1;
    }
    const [name, server] = operands;
    if (server !== undefined && !(yield* this.#use(server))) return 1;
    if (name === undefined || name === "-") yield* this.#converse();
    else if (!(yield* this.#lookUp(name, null))) return STATUS_ILLEGAL;
    yield* this.#out.text("\n");
    return this.#error ? 1 : 0;
  }

  *#fatal(text: string): Task<false> {
    yield* this.#out.flush();
    yield* this.#sys.write(STDERR, `nslookup: ${text}\n`);
    return false;
  }

  *#use(name: string): Task<boolean> {
    const servers = yield* serversNamed(this.#sys, name);
    if (servers === null) return yield* this.#fatal(`couldn't get address for '${name}': failure`);
    this.#servers = servers;
    return true;
  }

  /** `set` of the conversation, and options of the command line. False = the program ends. */
  *#set(text: string): Task<boolean> {
    const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
    const key = name.toLowerCase();
    if (/^(ty|typ|type|q|qu|que|quer|query|queryt|querytype)$/.test(key)) yield* this.#setType(value);
    else if (/^(cl|cla|clas|class)$/.test(key)) this.#options.cls = classNumber(value) ?? this.#options.cls;
    else if (/^po(rt?)?$/.test(key)) this.#options.port = Number(value);
    else if (/^t(i(m(e(o(ut?)?)?)?)?)?$/.test(key)) this.#options.timeoutS = Math.max(Number(value), 1);
    else if (/^re(t(ry?)?)?$/.test(key)) this.#options.tries = Math.max(Number(value), 1);
    else if (/^nd(o(ts?)?)?$/.test(key)) this.#options.ndots = Number(value);
    else if (/^do(m(a(in?)?)?)?$/.test(key)) this.#options.domain = value;
    else if (/^(no)?deb(ug?)?$/.test(key)) this.#debug = !key.startsWith("no");
    else if (/^(no)?vc$/.test(key)) this.#options.tcp = !key.startsWith("no");
    else if (/^(no)?rec(u(r(se?)?)?)?$/.test(key)) this.#options.recurse = !key.startsWith("no");
    else if (/^(no)?sea(r(ch?)?)?$/.test(key) || /^(no)?defname$/.test(key)) this.#options.search = !key.startsWith("no");
    else if (/^(no)?fail$/.test(key)) this.#options.servfailStops = key.startsWith("no");
    else if (key === "all") yield* this.#showAll();
    else if (/^(no)?d2$/.test(key) || /^sil/.test(key) || /^src/.test(key)) return yield* this.#fatal(`set ${key}: not simulated here`);
    else yield* this.#out.text(`*** Invalid option: ${text}\n`);
    return true;
  }

  *#setType(value: string): Task<void> {
    const type = typeNumber(value);
    if (type === null || type === 251 || type === 252) return yield* this.#out.text(type === null ? `unknown query type: ${value}\n` : `querytype=${value}: not simulated here\n`);
    this.#options.type = type;
    this.#all = false;
  }

  *#showAll(): Task<void> {
    const { tcp, search, recurse, timeoutS, tries, port, ndots, type, cls } = this.#options;
    yield* this.#showServers();
    const no = (on: boolean, name: string): string => `${on ? "" : "no"}${name}`;
    const lists = `${this.#conf.search.join("/")}`;
    yield* this.#out.text(`\nSet options:\n  ${no(tcp, "vc")}\t\t\t${no(this.#debug, "debug")}\t\tnod2\n  ${no(search, "search")}\t\t${no(recurse, "recurse")}\n`
      + `  timeout = ${timeoutS === 5 ? 0 : timeoutS}\t\tretry = ${tries}\tport = ${port}\tndots = ${ndots ?? this.#conf.ndots}\n  querytype = ${typeName(type).padEnd(8)}\tclass = ${className(cls)}\n  srchlist = ${lists}\n`);
  }

  *#showServers(): Task<void> {
    for (const { name, addr } of this.#servers) yield* this.#out.text(`Default server: ${name}\nAddress: ${formatIp4(addr)}#${this.#options.port}\n`);
  }

  *#converse(): Task<void> {
    const prompts = this.#sys.isatty(STDIN);
    let rest = "";
    for (;;) {
      if (prompts) yield* this.#out.text("> ");
      yield* this.#out.flush();
      while (!rest.includes("\n")) {
        const got = yield* this.#sys.read(STDIN, 4096);
        if (isErrno(got) || got.length === 0) return;
        rest += fromUtf8(got);
      }
      const line = rest.slice(0, rest.indexOf("\n"));
      rest = rest.slice(line.length + 1);
      if (!(yield* this.#command(line.trim().split(/\s+/)))) return;
    }
  }

  /** One line of the conversation; false = the end. */
  *#command([word = "", ...rest]: readonly string[]): Task<boolean> {
    const [first = "", second] = rest;
    if (word === "") return true;
    if (word === "exit") return false;
    if (word === "set") return yield* this.#set(first);
    if (word === "server" || word === "lserver") {
      if (!(yield* this.#use(first))) return false;
      yield* this.#showServers();
    } else if (["help", "?"].includes(word)) yield* this.#out.text("The 'help' command is not yet implemented.\n");
    else if (["ls", "finger", "view", "root"].includes(word)) yield* this.#out.text(`The '${word}' command is not implemented.\n`);
    else if (word === "host") yield* this.#lookUp(first, second ?? null);
    else yield* this.#lookUp(word, rest[0] ?? null);
    return true;
  }

  *#lookUp(name: string, server: string | null): Task<boolean> {
    const problem = nameProblem(name);
    if (problem !== null) return yield* this.#fatal(`'${name}' is not a legal name (${problem})`);
    const own = server === null ? undefined : yield* serversNamed(this.#sys, server);
    if (own === null) return yield* this.#fatal(`couldn't get address for '${server ?? ""}': failure`);
    const reverse = reverseOfAddress(name);
    const lookup = copyOf(this.#options);
    lookup.name = reverse ?? name;
    if (reverse !== null) lookup.type = TYPE_PTR;
    if (lookup.type === TYPE_ANY) lookup.tcp = true;
    this.#found = false;
    this.#more = [lookup];
    const asker = { sys: this.#sys, conf: this.#conf, servers: own ?? this.#servers, front: this };
    for (let next = this.#more.shift(); next !== undefined; next = this.#more.shift()) if (!(yield* ask(asker, next))) this.#error = true;
    return true;
  }

  *warn(text: string): Task<void> {
    yield* this.#out.text(`;; ${text}\n`);
  }

  *sending(): Task<void> {
    // Nothing is shown of what is sent.
  }

  *refused(_lookup: Lookup, server: Server, why: string, more: boolean): Task<void> {
    yield* this.warn(`Got ${why} from ${server.name}${more ? ", trying next server" : ""}`);
  }

  *nobody(): Task<void> {
    yield* this.#out.text(";; no servers could be reached\n");
  }

  *reply(lookup: Lookup, { message, server, port, name }: Reply): Task<void> {
    if (!this.#all || lookup.type === TYPE_A) yield* this.#out.text(`Server:\t\t${server.name}\nAddress:\t${formatIp4(server.addr)}#${port}\n\n`);
    if (this.#debug) yield* this.#out.text(debugText(message));
    const rcode = message.flags & 15;
    if (rcode !== 0) {
      this.#error = true;
      return yield* this.#out.text(`** server can't find ${shownName(name)}: ${rcodeName(rcode)}\n`);
    }
    yield* this.#out.text(answerText(message, lookup.type, name, this.#all, this.#found));
    if (message.answers.length > 0) this.#found = true;
    if (this.#all && lookup.type === TYPE_A) this.#more.push(this.#nextFamily(lookup, message, name));
  }

  #nextFamily(lookup: Lookup, message: DnsMessage, name: string): Lookup {
    return { ...copyOf(lookup), name: cnameChain(message, name).at(-1) ?? name, type: TYPE_AAAA };
  }
}
