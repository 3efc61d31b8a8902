import type { Output } from "./transcript.ts";

/**
 * What the recorded lab calls things, told in our seed's names, and the parts of a recording that are named
 * differences. Nothing here makes two behaviours equal: every rule names something that is drawn at random,
 * measured, or brought by a later issue.
 */

/** Address blocks of the recorded run and those of seed 1, by role: worker by worker. */
const SUBNETS: readonly (readonly [recorded: string, ours: string])[] = [
  ["11.15.160", "11.10.128"], ["11.10.80", "11.11.0"], ["11.10.160", "11.15.48"], ["11.10.96", "11.20.0"], ["11.13.176", "11.24.16"], ["11.11.64", "11.31.64"],
];
const BROADCASTS: readonly (readonly [recorded: string, ours: string])[] = [["11.15.175.255", "11.10.143.255"], ["11.10.95.255", "11.11.15.255"], ["11.10.175.255", "11.15.63.255"]];

/** The worker's end of C0w1's c1, named by a hash of the container. */
const VETHS: readonly (readonly [recorded: string, ours: string])[] = [["veth3594fb36", "vethe1f8c160"]];

/** An address or the front of one as /proc/net/route writes it: bytes from last to first, in hex. */
const littleEndian = (block: string): string => block.split(".").reverse().map((n) => Number(n).toString(16).toUpperCase().padStart(2, "0")).join("");

/** The recorded machine's name. */
const RECORDED_HOST = "3f2c1a9b7d10";

export function mapRoles(text: string): string {
  const blocks = text.replace(/\b11\.\d{1,3}\.\d{1,3}(?=\.\d)/g, (block) => SUBNETS.find(([recorded]) => recorded === block)?.[1] ?? block);
  const hex = SUBNETS.reduce((t, [recorded, ours]) => t.replaceAll(`\t00${littleEndian(recorded)}\t`, `\t00${littleEndian(ours)}\t`), blocks);
  return [...BROADCASTS, ...VETHS].reduce((t, [recorded, ours]) => t.replaceAll(recorded, ours), hex).replaceAll(RECORDED_HOST, "knetsim");
}

/** Process numbers of the recorded machines' shells, as its `ps` shows them. */
const SHELLS: ReadonlyMap<string, string> = new Map([
  ["29", "C0e1"], ["31", "C0e2"], ["35", "C0w1"], ["37", "C0w2"], ["39", "C0w3"], ["41", "C1e1"], ["43", "C1e2"], ["45", "C1w1"], ["47", "C1w2"], ["49", "C1w3"],
]);

/** `nsenter -t 35` and `/proc/35/…` in a command, told with our number of the same machine's shell. */
export function mapPids(command: string, pidOf: (node: string) => number | undefined): string {
  return command.replace(/(-t |\/proc\/)(\d+)\b/g, (_, before: string, pid: string) => `${before}${pidOf(SHELLS.get(pid) ?? "") ?? pid}`);
}

/** IPv6 is off until a later issue: its group addresses, its halves of a listing, its members of an object. */
const withoutIpv6 = (text: string): string => text.replace(/^33:33:.*\n/gm, "").replace(/^\t(?:link  33:33|inet6).*\n/gm, "").replace(/^inet6 ndisc_cache \n(?: .*\n)+\n?/gm, "")
  .replace(/^inet6 \S+ forwarding .*\n/gm, "").replace(/^net\.ipv6\..*\n/gm, "").replace(/^(?:local |anycast |multicast |unicast )?(?:fe80:|ff00:|::1 ).*\n/gm, "").replace(/,\{"family":"inet6"[^{}]*\}/g, "").replace(/^ .*\n(?= +"local": "fe80)/gm, "");

/** Namespaces of other workers cannot be opened in the recording (its README). */
const ARTEFACT = /^Error: Peer netns reference is invalid\.\n/gm;

/** The recorded machine had made and lost links before: numbers of netdevs start elsewhere. */
const maskIndexes = (text: string): string => text.replace(/^\d+: (?=\S+?[:@])/gm, "N: ").replace(/@if\d+/g, "@ifN");

/** Counters, a line at a time; a width that hangs on the number goes with it. */
const maskCounters = (text: string): string => text
  .replace(/^( +[RT]X packets) \d+ {2}bytes .*$/gm, "$1 N").replace(/^( +[RT]X errors) .*$/gm, "$1 N")
  .replace(/^(\S+ +\d+)(?: +\d+){8} ([A-Z]+)$/gm, "$1 N $2").replace(/^ {4}(?: *[\d.]+[kMG]?){6} $/gm, "    N")
  .replace(/^ *(\S+):(?: +\d+){16}$/gm, "$1: N");

/** How long ago, or how long until; and the padding of an address that has another length by role. */
const maskAges = (text: string): string => text.replace(/ used \d+\/\d+ /g, " used N ").replace(/\t(yes|no)\t\t +[\d.]+$/gm, "\t$1\t\tT").replace(/(gc timer\t\t) +[\d.]+$/gm, "$1 T")
  .replace(/^(\d+\.\d+\.\d+\.\d+) +(?=ether |0x1 )/gm, "$1 ").replace(/^( +\d+\t)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?=\t(?:yes|no)\t)/gm, "$1MAC");

/** Addresses and MACs decide the order of these in the kernel's hash tables: they are compared as sets. */
const HASHED = [/ lladdr .*(?:REACHABLE|STALE|DELAY|PROBE) $/, /^\? \(.* on \S+$/, /^\S+ +(?:0x1 +0x2|ether) .*\S$/, /^ +\d+\t[0-9a-fMAC:]+\t(?:yes|no)\t/];

function sortHashed(text: string): string {
  const lines = text.split("\n");
  for (const kind of HASHED) {
    const at = lines.flatMap((line, i) => (kind.test(line) ? [i] : []));
    const sorted = at.map((i) => lines[i]!).sort();
    at.forEach((i, k) => (lines[i] = sorted[k]!));
  }
  return lines.join("\n");
}

/** The replay's own shells are not processes of the recorded lab, nor were the recorder's of ours. */
const SHELL_OF_REPLAY = /^.* bash -c .*\n/gm;
/** Process numbers, and what is measured of a process (share of the CPU, memory, clock times). */
const maskProcesses = (text: string): string => text.replace(SHELL_OF_REPLAY, "")
  .replace(/^(\S+) +\d+ +[\d.]+ +[\d.]+ +\d+ +\d+ (\S+) +(\S+) +\d\d:\d\d +\d+:\d\d /gm, "$1 P $2 $3 ").replace(/^(\S+) +\d+ +\d+ +\d+ \d\d:\d\d (\S+) +\d\d:\d\d:\d\d /gm, "$1 P $2 ")
  .replace(/^\d+ (?=bash )/gm, "P ");

/** A day and time of `ls -l`; what is drawn from MACs: a bridge's identifier, and that its MAC is the lowest of its ports'. */
const maskDrawn = (text: string): string => text.replace(/^([-dlrwx]{10} .* )(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d /gm, "$1DATE ").replace(/\b8000\.[0-9a-f]{12}\b/g, "8000.MAC")
  .replace(/^((?:N: )?(?:C[01]s0|t0)(?::.*\n +link\/ether| +UP +)) ?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?= )/gm, (whole, before: string, mac: string) => (text.split(mac).length > 2 ? `${before} LOWEST` : whole));

/** Which of two replicas a hash has chosen, what was measured of a transfer, and the calendar. */
const maskTraffic = (text: string): string => text.replace(/\bS([12])-W[23]\b/g, "S$1-WN").replace(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, "DAY").replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "DAY").replace(/\b\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[/g, "DAY [").replace(/\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000/g, "DAY")
  .replace(/(\d+[kMG]? +\d+ +\d+[kMG]? +\d+ +\d+[kMG]?) +\d+[kMG]? +\d+[kMG]?( [-:0-9]{8} [-: 0-9]{8} [-: 0-9]{8} ) *\d+[kMG]?(?=\D|$)/g, "$1 V V$2V")
  .replace(/\bafter \d+ (ms|milliseconds)/g, "after N $1").replace(/ +[\d.]+[KMG]?=\d+(?:\.\d+)?s/g, " V=Ts").replace(/\([\d.]+ [KMG]?B\/s\)/g, "(V)")
  .replace(/(?<=\d\.\d+[.:])(?:3[2-9]|[45]\d|60)\d{3}\b/g, "PORT").replace(/\b(seq|ack|TS val|ecr) \d{5,}/g, "$1 N").replace(/pid=\d+/g, "pid=P").replace(/\b\d+#\d+:( \*\d+)?/g, "P#P:");

const maskEitherSide = (text: string): string => maskTraffic(sortHashed(maskAges(maskDrawn(maskProcesses(maskCounters(maskIndexes(withoutIpv6(text))))))));

/** A recording in our names. */
export const cleanRecorded = (o: Output): Output => ({ stdout: maskEitherSide(mapRoles(o.stdout)), stderr: maskTraffic(mapRoles(o.stderr)).replace(ARTEFACT, ""), exit: o.exit });
export const cleanOurs = (o: Output): Output => ({ ...o, stdout: maskEitherSide(o.stdout), stderr: maskTraffic(o.stderr).replace(ARTEFACT, "") });
