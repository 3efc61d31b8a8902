import { iputilsVersion, readLong } from "../lib/iputils-number.ts";

export const TRACEPATH_USAGE = `
Usage
  tracepath [options] <destination>

Options:
  -4             use IPv4
  -6             use IPv6
  -b             print both name and ip
  -l <length>    use packet <length>
  -m <hops>      use maximum <hops>
  -n             no dns name resolution
  -p <port>      use destination <port>
  -V             print version and exit
  <destination>  dns name or ip address

For more details see tracepath(8).
`;

export interface TracepathOptions {
  target: string;
  /** Names and addresses both. */
  both: boolean;
  numeric: boolean;
  /** Packet length, IP header included; the path MTU as far as it is known. */
  lengthBytes: number;
  maxHops: number;
  port: number;
}

export type TracepathCommand =
  | { readonly is: "run"; readonly options: TracepathOptions }
  | { readonly is: "stop"; readonly stdout: string; readonly stderr: string; readonly status: number };

/** IPv4 and UDP header. */
const OVERHEAD = 28;
const INT_MAX = 2147483647;

type Setter = (o: TracepathOptions, value: string) => string | undefined;

const number = (set: (o: TracepathOptions, n: number) => void, min: number, max: number): Setter => (o, value) => {
  const n = readLong(value, min, max);
  if (typeof n !== "number") return n.wrong;
  set(o, n);
  return undefined;
};

const length: Setter = (o, value) => {
  const n = readLong(value, -INT_MAX - 1, INT_MAX);
  if (typeof n !== "number") return n.wrong.replace(/: out of range.*/, `: out of range: ${OVERHEAD} <= value <= ${INT_MAX}`);
  if (n <= OVERHEAD) return `pktlen must be within: ${OVERHEAD} < value <= ${INT_MAX}`;
  o.lengthBytes = n;
  return undefined;
};

const VALUED: Readonly<Record<string, Setter>> = {
  l: length,
  m: number((o, n) => void (o.maxHops = n), 0, 255),
  p: number((o, n) => void (o.port = n), 0, 65535),
};

const stop = (stderr: string, status: number, stdout = ""): TracepathCommand => ({ is: "stop", stdout, stderr, status });

/** Reads the arguments as getopt(3) does. `host/port` is an old way to name the port. */
export function readTracepath(argv: readonly string[]): TracepathCommand {
  const name = argv[0] ?? "tracepath";
  const options: TracepathOptions = { target: "", both: false, numeric: false, lengthBytes: 65535, maxHops: 30, port: 44444 };
  const operands: string[] = [];
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    if (arg === "--") { operands.push(...argv.slice(i + 1)); break; }
    if (!arg.startsWith("-") || arg === "-") { operands.push(arg); continue; }
    for (let j = 1; j < arg.length; j++) {
      const letter = arg[j] ?? "";
      if (letter === "V") return stop("", 0, iputilsVersion("tracepath"));
      if (letter === "6") return stop(`${name}: -6: not simulated here\n`, 1);
      if (letter === "4") continue;
      if (letter === "b") { options.both = true; continue; }
      if (letter === "n") { options.numeric = true; continue; }
      const setter = VALUED[letter];
      if (setter === undefined) return stop(`${letter === "h" || letter === "?" ? "" : `${name}: invalid option -- '${letter}'\n`}${TRACEPATH_USAGE}`, 255);
      const value = j + 1 < arg.length ? arg.slice(j + 1) : argv[++i];
      if (value === undefined) return stop(`${name}: option requires an argument -- '${letter}'\n${TRACEPATH_USAGE}`, 255);
      const wrong = setter(options, value);
      if (wrong !== undefined) return stop(`${name}: ${wrong}\n`, 1);
      break;
    }
  }
  const [target] = operands;
  if (target === undefined || operands.length !== 1) return stop(TRACEPATH_USAGE, 255);
  const legacy = /^([^/]*)\/(\d+)$/.exec(target);
  if (legacy !== null) options.port = Number(legacy[2]);
  options.target = legacy?.[1] ?? target;
  return { is: "run", options };
}
