import { parseOptions, type Options } from "../lib/options.ts";
import { ABSENT, ALL_STATES, CONNECTED, LISTENING, QUERY_WORDS, Query, statesOf, type Family } from "./query.ts";
import type { TcpState } from "../../net/uapi/sock-diag.ts";
import { SS_USAGE } from "./usage.ts";

/** What is printed about each socket. */
export interface SsShow {
  readonly numeric: boolean;
  readonly resolve: boolean;
  readonly timers: boolean;
  readonly details: boolean;
  readonly memory: boolean;
  readonly info: boolean;
  readonly processes: boolean;
  readonly threads: boolean;
  readonly tos: boolean;
  readonly cgroup: boolean;
  readonly oneLine: boolean;
  readonly header: boolean;
}

export interface SsCommand {
  readonly is: "run";
  readonly show: SsShow;
  readonly query: Query;
  readonly summary: boolean;
  readonly netns: string | null;
  readonly filterFile: string | null;
  /** The filter's words, after `state …`. */
  readonly words: readonly string[];
}
export interface SsStop {
  readonly is: "stop";
  readonly stdout?: string;
  readonly stderr?: string;
  readonly status: number;
}

const wrong = (text: string): SsStop => ({ is: "stop", stderr: text, status: 255 });
const refuse = (what: string): SsStop => ({ is: "stop", stderr: `ss: ${what}: not simulated here\n`, status: 255 });

const LETTERS: Readonly<Record<string, "tcp" | "udp" | "raw">> = { t: "tcp", u: "udp", w: "raw" };
const FAMILY_LETTERS: Readonly<Record<string, Family>> = { x: "unix", "4": "inet", "6": "inet6", "0": "link" };
const FAMILIES: Readonly<Record<string, Family>> = { inet: "inet", inet6: "inet6", link: "link", unix: "unix" };

/** ss(8)'s command line. The order of the options matters: each changes the states that are shown. */
export function parseSs(argv: readonly string[]): SsCommand | SsStop {
  const o = parseOptions({
    takes: "n,numeric r,resolve o,options e,extended m,memory i,info p,processes T,threads t,tcp u,udp w,raw x,unix a,all l,listening 4,ipv4 6,ipv6 0,packet " +
      "f,family= A,socket,query= s,summary F,filter= v,V,version h Z,context z,contexts N,net= tos cgroup H,no-header O,oneline",
    refuses: "b,bpf E,events d,dccp S,sctp M,mptcp tipc vsock xdp tipcinfo D,diag= K,kill inet-sockopt", usage: "", stopAtOperand: false, hint: () => SS_USAGE,
  }, argv);
  if (o.is === "help") return { is: "stop", stdout: SS_USAGE, status: 0 };
  // The tool reads its options one by one, and ends at -Z.
  if (argv.some((word) => /^-[^-]*[Zz]/.test(word))) return { is: "stop", stderr: "ss: SELinux is not enabled.\n", status: 1 };
  if (o.is === "bad") return { is: "stop", stderr: o.text, status: 255 };
  return readOptions(o);
}

function readOptions(o: Options): SsCommand | SsStop {
  const query = new Query();
  let states: readonly TcpState[] | null = null;
  let asked = false;
  for (const { key, value = "" } of o.list) {
    const table = LETTERS[key];
    const family = FAMILY_LETTERS[key];
    if (table !== undefined) query.addTable(table);
    else if (family !== undefined) query.addFamily(family);
    else if (key === "a") states = ALL_STATES;
    else if (key === "l") states = LISTENING;
    else if (key === "A") {
      if (!asked) query.tables.clear();
      states ??= asked ? states : CONNECTED;
      asked = true;
      const bad = addQueries(query, value);
      if (bad !== null) return bad;
    } else {
      const ended = key === "f" ? addFamily(query, value) : atOnce(key);
      if (ended !== null) return ended;
    }
  }
  return withStates(o, query, states);
}

function atOnce(key: string): SsStop | null {
  if (key === "v") return { is: "stop", stdout: "ss utility, iproute2-6.1.0\n", status: 0 };
  if (key === "h") return { is: "stop", stdout: SS_USAGE, status: 0 };
  return key === "Z" || key === "z" ? { is: "stop", stderr: "ss: SELinux is not enabled.\n", status: 1 } : null;
}

function addFamily(query: Query, name: string): SsStop | null {
  const family = FAMILIES[name];
  if (family !== undefined) query.addFamily(family);
  if (name === "help") return { is: "stop", stdout: SS_USAGE, status: 0 };
  if (ABSENT.includes(name)) return refuse(`-f ${name}`);
  return family === undefined ? wrong(`ss: "${name}" is invalid family\n${SS_USAGE}`) : null;
}

function addQueries(query: Query, list: string): SsStop | null {
  query.isDefault = false;
  for (const word of list.split(",")) {
    const off = word.startsWith("!");
    const name = off ? word.slice(1) : word;
    if (ABSENT.includes(name) && !off) return refuse(`-A ${name}`);
    const tables = ABSENT.includes(name) ? [] : QUERY_WORDS[name];
    if (tables === undefined) return wrong(`ss: "${word}" is illegal socket table id\n${SS_USAGE}`);
    tables.forEach((t) => query.addTable(t, !off));
  }
  return null;
}

/** `state X`, `exclude X`, as many as there are, before the filter. */
function withStates(o: Options, query: Query, given: readonly TcpState[] | null): SsCommand | SsStop {
  let states = given === null ? null : new Set(given);
  let named = false;
  let at = 0;
  for (; at < o.operands.length; at += 2) {
    const word = o.operands[at] ?? "";
    const excluded = word === "exclude" || word === "excl";
    if (word !== "state" && !excluded) break;
    const name = o.operands[at + 1];
    if (name === undefined) return { is: "stop", stderr: "Command line is not complete. Try option \"help\"\n", status: 255 };
    const these = statesOf(name);
    if (these === null) return { is: "stop", stderr: `ss: wrong state name: ${name}\n`, status: 255 };
    if (!named || states === null) states = new Set(excluded ? ALL_STATES : []);
    for (const s of these) if (excluded) states.delete(s); else states.add(s);
    named = true;
  }
  return command(o, query, states, o.operands.slice(at));
}

function command(o: Options, query: Query, states: ReadonlySet<TcpState> | null, words: readonly string[]): SsCommand {
  const wasDefault = query.isDefault;
  if (wasDefault) {
    states ??= new Set(CONNECTED);
    QUERY_WORDS.all?.forEach((t) => query.addTable(t));
    query.isDefault = true;
  }
  if (states !== null && (states.size > 0 || o.operands.length > 0)) query.states = new Set(states);
  query.complete();
  const show: SsShow = {
    numeric: o.has("n"), resolve: o.has("r"), timers: o.has("o", "e"), details: o.has("e"), memory: o.has("m"), info: o.has("i"), processes: o.has("p"),
    threads: o.has("T"), tos: o.has("tos"), cgroup: o.has("cgroup"), oneLine: o.has("O"), header: !o.has("H"),
  };
  return { is: "run", show, query, summary: o.has("s"), netns: o.value("N") ?? null, filterFile: o.value("F") ?? null, words };
}
