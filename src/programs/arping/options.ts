import { iputilsVersion, readLong } from "../lib/iputils-number.ts";

export const ARPING_USAGE = `
Usage:
  arping [options] <destination>

Options:
  -f            quit on first reply
  -q            be quiet
  -b            keep on broadcasting, do not unicast
  -D            duplicate address detection mode
  -U            unsolicited ARP mode, update your neighbours
  -A            ARP answer mode, update your neighbours
  -V            print version and exit
  -c <count>    how many packets to send
  -w <timeout>  how long to wait for a reply
  -i <interval> set interval between packets (default: 1 second)
  -I <device>   which ethernet device to use
  -s <source>   source ip address
  <destination> dns name or ip address

For more details see arping(8).
`;

/** What a command line of arping asks for. */
export interface ArpingOptions {
  target: string;
  quitOnReply: boolean;
  quiet: boolean;
  broadcastOnly: boolean;
  /** -D: is somebody else using the address? */
  detectDuplicates: boolean;
  /** -U and -A: tell the neighbours. */
  unsolicited: boolean;
  /** -A: as replies. */
  advertise: boolean;
  /** -1 = no end. */
  count: number;
  timeoutSec: number;
  intervalSec: number;
  device: string;
  source: string;
}

export type ArpingCommand =
  | { readonly is: "run"; readonly options: ArpingOptions }
  | { readonly is: "stop"; readonly stdout: string; readonly stderr: string; readonly status: number };

const LONG_MAX = 2147483647;

const FLAGS: Readonly<Record<string, (o: ArpingOptions) => void>> = {
  f: (o) => void (o.quitOnReply = true),
  q: (o) => void (o.quiet = true),
  b: (o) => void (o.broadcastOnly = true),
  D: (o) => { o.detectDuplicates = true; o.quitOnReply = true; },
  U: (o) => void (o.unsolicited = true),
  A: (o) => { o.advertise = true; o.unsolicited = true; },
};

type Setter = (o: ArpingOptions, value: string) => string | undefined;

const number = (set: (o: ArpingOptions, n: number) => void, min: number): Setter => (o, value) => {
  const n = readLong(value, min, LONG_MAX);
  if (typeof n !== "number") return n.wrong;
  set(o, n);
  return undefined;
};

const VALUED: Readonly<Record<string, Setter>> = {
  c: number((o, n) => void (o.count = n), 1),
  w: number((o, n) => void (o.timeoutSec = n), 0),
  i: number((o, n) => void (o.intervalSec = n), 0),
  I: (o, value) => void (o.device = value),
  s: (o, value) => void (o.source = value),
};

const stop = (stderr: string, status: number, stdout = ""): ArpingCommand => ({ is: "stop", stdout, stderr, status });

/** Reads the arguments as getopt(3) does: options may stand after the destination. */
export function readArping(argv: readonly string[]): ArpingCommand {
  const name = argv[0] ?? "arping";
  const options: ArpingOptions = {
    target: "", quitOnReply: false, quiet: false, broadcastOnly: false, detectDuplicates: false, unsolicited: false, advertise: false,
    count: -1, timeoutSec: 0, intervalSec: 1, device: "", source: "",
  };
  const operands: string[] = [];
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    if (arg === "--") { operands.push(...argv.slice(i + 1)); break; }
    if (!arg.startsWith("-") || arg === "-") { operands.push(arg); continue; }
    for (let j = 1; j < arg.length; j++) {
      const letter = arg[j] ?? "";
      if (letter === "V") return stop("", 0, iputilsVersion("arping"));
      if (letter === "h" || letter === "?") return stop(ARPING_USAGE, 2);
      const flag = FLAGS[letter];
      if (flag !== undefined) { flag(options); continue; }
      const setter = VALUED[letter];
      if (setter === undefined) return stop(`${name}: invalid option -- '${letter}'\n${ARPING_USAGE}`, 2);
      const value = j + 1 < arg.length ? arg.slice(j + 1) : argv[++i];
      if (value === undefined) return stop(`${name}: option requires an argument -- '${letter}'\n${ARPING_USAGE}`, 2);
      const wrong = setter(options, value);
      if (wrong !== undefined) return stop(`${name}: ${wrong}\n`, 1);
      break;
    }
  }
  const [target] = operands;
  if (target === undefined || operands.length !== 1) return stop(ARPING_USAGE, 2);
  options.target = target;
  return { is: "run", options };
}
