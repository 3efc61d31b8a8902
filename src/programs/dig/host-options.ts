/** host(1)'s command line. */
import { classNumber, typeNumber } from "../lib/dns-types.ts";
import { DIG_VERSION } from "./arguments.ts";
import { newLookup, type Lookup } from "./lookup.ts";

const USAGE = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
       -a is equivalent to -v -t ANY
       -A is like -a but omits RRSIG, NSEC, NSEC3
       -c specifies query class for non-IN data
       -C compares SOA records on authoritative nameservers
       -d is equivalent to -v
       -l lists all hosts in a domain, using AXFR
       -m set memory debugging flag (trace|record|usage)
       -N changes the number of dots allowed before root lookup is done
       -p specifies the port on the server to query
       -r disables recursive processing
       -R specifies number of retries for UDP packets
       -s a SERVFAIL response should stop query
       -t specifies the query type
       -T enables TCP/IP mode
       -U enables UDP mode
       -v enables verbose output
       -V print version number and exit
       -w specifies to wait forever for a reply
       -W specifies how long to wait for a reply
       -4 use IPv4 query transport only
       -6 use IPv6 query transport only
`;
/** As long as a simulation may take. */
const FOREVER_S = 0x7fffffff;
const REFUSED = "ACilm6";

export interface HostArgs {
  readonly is: "ok";
  readonly lookup: Lookup;
  readonly verbose: boolean;
  readonly name: string;
  readonly server: string | null;
}
export type ParsedHost = HostArgs | { readonly is: "end"; readonly stderr: string; readonly status: number };

const end = (stderr: string, status = 1): ParsedHost => ({ is: "end", stderr, status });

/** What host and nslookup ask with, where dig differs. */
export function plainLookup(tries: number): Lookup {
  const lookup = newLookup();
  return { ...lookup, edns: null, cookie: false, adFlag: false, search: true, servfailStops: false, tries, show: { ...lookup.show, comments: true } };
}

export function readHostArguments(argv: readonly string[]): ParsedHost {
  const lookup = plainLookup(2);
  let verbose = false;
  const operands: string[] = [];
  const args = [...argv.slice(1)];
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i] ?? "";
      if (REFUSED.includes(letter)) return end(`host: -${letter}: not simulated here\n`);
      if ("acdrsTUvVw4NpRtW".indexOf(letter) < 0) return end(`host: illegal option -- ${letter}\n${USAGE}`);
      if ("advV".includes(letter)) {
        if (letter === "V") return end(`host ${DIG_VERSION}\n`, 0);
        verbose = true;
        if (letter === "a") Object.assign(lookup, { type: 255, typeGiven: true });
        continue;
      }
      if (!"cNpRtW".includes(letter)) {
        flag(lookup, letter);
        continue;
      }
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args.shift();
      if (value === undefined) return end(`host: option requires an argument -- ${letter}\n${USAGE}`);
      const problem = valued(lookup, letter, value);
      if (problem !== null) return problem;
      break;
    }
  }
  const [name, server = null] = operands;
  if (name === undefined || operands.length > 2) return end(USAGE);
  return { is: "ok", lookup, verbose, name, server };
}

function flag(lookup: Lookup, letter: string): void {
  if (letter === "r") lookup.recurse = false;
  if (letter === "s") lookup.servfailStops = true;
  if (letter === "T" || letter === "U") Object.assign(lookup, { tcp: letter === "T", tcpGiven: true });
  if (letter === "w") lookup.timeoutS = FOREVER_S;
}

function valued(lookup: Lookup, letter: string, value: string): ParsedHost | null {
  const [type, cls] = [typeNumber(value), classNumber(value)];
  switch (letter) {
    case "t":
      if (type === null) return end(`host: invalid type: ${value}\n\n`, 2);
      if (type === 251 || type === 252) return end(`host: -t ${value}: not simulated here\n`);
      Object.assign(lookup, { type, typeGiven: true });
      return null;
    case "c":
      if (cls === null) return end(`host: invalid class: ${value}\n\n`, 2);
      Object.assign(lookup, { cls, classGiven: true });
      return null;
    case "N":
      lookup.ndots = Number(value);
      return null;
    case "p":
      lookup.port = Number(value);
      return null;
    case "R":
      lookup.tries = Math.max(Number(value), 0) + 1;
      return null;
    default:
      lookup.timeoutS = Math.max(Number(value), 1);
      return null;
  }
}
