import type { Output } from "./transcript.ts";

/**
 * What may differ between two runs of the same commands, and nothing else: MAC addresses, times,
 * identifiers, ephemeral ports, random names. Each rule masks one such thing.
 */
interface Rule {
  readonly name: string;
  readonly apply: (text: string) => string;
}

const replace = (name: string, pattern: RegExp, by: string): Rule => ({ name, apply: (text) => text.replace(pattern, by) });

const KEPT_MACS = new Set(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"]);
const MAC = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi;

/** MACs become MAC1, MAC2 … in the order they appear in one output, so that equal ones stay equal. Group and reserved ones stay. */
function maskMacs(text: string): string {
  const names = new Map<string, string>();
  return text.replace(MAC, (found) => {
    const mac = found.toLowerCase();
    if (KEPT_MACS.has(mac) || mac.startsWith("01:") || mac.startsWith("33:33:")) return mac;
    const known = names.get(mac) ?? `MAC${names.size + 1}`;
    names.set(mac, known);
    return known;
  });
}

/** IPv6 is off in the simulator until it is built: its address lines are a named difference. */
const INET6: Rule = {
  name: "inet6 lines",
  apply: (text) => text.replace(/^ +inet6 .*\n(?: +valid_lft .*\n)?/gm, "").replace(/^\d+: \S+ +inet6 .*\n/gm, "").replace(/ (?:fe80)?::[0-9a-f:]+\/\d+(?= )/g, ""),
};

/** Lines of ss and netstat. */
const SOCKET_LINE = /^(?:tcp|udp|ESTAB|LISTEN|UNCONN|TIME-WAIT|CLOSE-WAIT|FIN-WAIT-[12]|LAST-ACK|SYN-SENT|SYN-RECV|0 ) .*$/gm;
const EPHEMERAL = /\b((?:\d{1,3}\.){3}\d{1,3}):(?:3[2-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b/g;

const RULES: readonly Rule[] = [
  // The format ends every section with a newline, whether the output had one or not.
  { name: "a newline at the very end", apply: (text) => (text === "" || text.endsWith("\n") ? text : `${text}\n`) },
  { name: "MAC addresses", apply: maskMacs },
  INET6,
  replace("round-trip time", /\btime=[\d.]+ ms/g, "time=T ms"),
  replace("round-trip times of traceroute, tracepath and arping", / +\d+\.\d{3} ?ms\b/g, " T ms"),
  replace("total time", /, time \d+ms/g, ", time Tms"),
  replace("rtt summary", /^rtt min\/avg\/max\/mdev = [\d./]+ ms/gm, "rtt T"),
  replace("gap and ewma", /ipg\/ewma [\d./]+ ms/g, "ipg/ewma T"),
  replace("round-trip time in QUIT's line", /min\/avg\/ewma\/max = [\d./]+ ms/g, "min/avg/ewma/max T"),
  replace("timestamps in packets", /\b\d+ absolute$/gm, "T absolute"),
  replace("timestamps of -D", /^\[\d{9,}\.\d{6}\]/gm, "[TIME]"),
  replace("clock times", /^( *(?:\d+ +)?)(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6}/gm, "$1TIME"),
  replace("times since the epoch or the last packet", /^( *\d+ +)?\d{9,}\.\d{6} /gm, "$1TIME "),
  replace("monitor's times", /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\]/gm, "[TIME]"),
  replace("ICMP identifiers", /\bid \d+, seq\b/g, "id ID, seq"),
  replace("ping's identifier", /\bident=\d+/g, "ident=ID"),
  replace("IP identifiers", /(ttl \d+), id \d+,/g, "$1, id ID,"),
  replace("ephemeral ports", /\b((?:\d{1,3}\.){3}\d{1,3})\.(?:3[2-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b/g, "$1.PORT"),
  replace("names of veths", /\bveth[0-9a-f]{8}\b/g, "vethX"),
  replace("handles of queueing disciplines that the kernel chose", /(qdisc \S+ |parent |leaf |"(?:handle|parent)": ?")8[0-9a-f]{3}:/g, "$18NNN:"),
  replace("bridge identifiers", /\b(bridge_id|designated_root|designated_bridge) ([0-9a-f]{4})\.(?:[0-9a-f:]+|MAC\d+)/g, "$1 $2.MAC"),
  replace("bridge timers", /\b(hello_timer|tcn_timer|topology_change_timer|gc_timer|hold_timer|message_age_timer|forward_delay_timer) +[\d.]+/g, "$1 T"),
  replace("neighbour ages", /\b(used|ref) \d+(?:\/\d+\/\d+)?/g, "$1 N"),
  replace("process numbers in bash's notices", /^(bash: line \d+:) +\d+ (\w+)/gm, "$1 P $2"),
  replace("dig's message ids", /^(;; ->>HEADER<<- .*), id: \d+$/gm, "$1, id: ID"),
  replace("dig's times", /^;; (Query time: )\d+ (msec|usec)$/gm, ";; $1N $2"),
  replace("dig's clock", /^;; WHEN: .*$/gm, ";; WHEN: T"),
  replace("host's times", /^(Received \d+ bytes from \S+) in \d+ ms$/gm, "$1 in N ms"),
  { name: "ports of sockets", apply: (text) => text.replace(SOCKET_LINE, (line) => line.replace(EPHEMERAL, "$1:PORT")) },
  replace("ports of nc's callers", /(Connection received on \S+) \d+$/gm, "$1 PORT"),
  replace("process numbers of ss and netstat", /\bpid=\d+|\b\d+\/nc +$/gm, "P"),
  replace("process numbers", /\bpid \d+/g, "pid P"),
];

/** Names of the rules, for a transcript's header. */
export const volatileFields = (): string => RULES.map((r) => r.name).join(", ");

/** The text with everything volatile masked. */
export const normalise = (text: string): string => RULES.reduce((t, rule) => rule.apply(t), text);

export const normaliseOutput = (o: Output): Output => ({ stdout: normalise(o.stdout), stderr: normalise(o.stderr), exit: o.exit });

/** The first line that differs, as two lines to show; null when the outputs are equal after normalising. */
export function firstDifference(expected: Output, actual: Output): string | null {
  const [e, a] = [normaliseOutput(expected), normaliseOutput(actual)];
  for (const part of ["stdout", "stderr"] as const) {
    const [x, y] = [e[part].split("\n"), a[part].split("\n")];
    const at = x.findIndex((line, i) => line !== y[i]);
    if (at >= 0 || x.length !== y.length) {
      const i = at >= 0 ? at : x.length;
      return `${part} line ${i + 1}\n  expected: ${x[i] ?? "(end)"}\n  got:      ${y[i] ?? "(end)"}`;
    }
  }
  return e.exit === a.exit ? null : `exit\n  expected: ${e.exit}\n  got:      ${a.exit}`;
}
