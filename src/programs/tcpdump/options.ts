import { parseOptions } from "../lib/options.ts";
import type { Options, Spec } from "../lib/options.ts";
import type { ForcedType } from "./print/printout.ts";
import { MAX_SNAP_BYTES } from "./print/packet.ts";

/** What the real tool says of itself; it names the libraries it was built with. */
const VERSION = "tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.19 27 Jan 2026\n";
const USAGE = `${VERSION}Usage: tcpdump [-AbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]
\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
\t\t[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
\t\t[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
\t\t[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
\t\t[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
\t\t[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
\t\t[ -z postrotate-command ] [ -Z user ] [ expression ]
`;

const SPEC: Spec = {
  takes:
    "A B,buffer-size= c= D,list-interfaces e F= h i,interface= K,dont-verify-checksums l L,list-data-link-types n N " +
    "O,no-optimize p,no-promiscuous-mode q Q,direction= r= s,snapshot-length= S,absolute-tcp-sequence-numbers t T= " +
    "U,packet-buffered v w= x X y,linktype= #,number print count version micro nano time-stamp-precision= immediate-mode " +
    "Z,relinquish-privileges=",
  refuses: "b d f u H I,monitor-mode J,list-time-stamp-types Y,debug-filter-parser fp-type lengths C= E= G= j,time-stamp-type= m= M= V= W= z=",
  usage: "",
  hint: () => USAGE,
};

/** LINKTYPE_* that -y may name, as the capture devices here have them. */
const LINK_TYPES: Readonly<Record<string, number>> = { EN10MB: 1, LINUX_SLL: 113, LINUX_SLL2: 276, RAW: 101 };
/** Payload types that -T knows; those without a value are not dissected here. */
const FORCED: Readonly<Record<string, ForcedType | null>> = {
  vxlan: "vxlan", domain: "domain", vat: null, wb: null, rpc: null, rtp: null, rtcp: null, snmp: null, cnfp: null, tftp: null,
  aodv: null, carp: null, radius: null, zmtp1: null, pgm: null, pgm_zmtp1: null, lmp: null, resp: null, ptp: null, someip: null,
};

export interface Settings {
  readonly device: string | null;
  readonly readFile: string | null;
  readonly writeFile: string | null;
  /** -F */
  readonly filterFile: string | null;
  readonly expression: string;
  /** Stop after this many packets; 0 = never. */
  readonly count: number;
  readonly snapBytes: number;
  readonly bufferKib: number;
  readonly direction: "in" | "out" | "inout";
  readonly linkType: number | null;
  readonly promiscuous: boolean;
  readonly optimize: boolean;
  readonly listInterfaces: boolean;
  readonly listLinkTypes: boolean;
  /** --count: only tell how many packets a file has. */
  readonly countOnly: boolean;
  /** --print: show packets even with -w. */
  readonly print: boolean;
  readonly lineBuffered: boolean;
  readonly packetBuffered: boolean;
  readonly immediate: boolean;
  readonly numeric: boolean;
  readonly shortNames: boolean;
  readonly verbose: number;
  readonly quiet: boolean;
  readonly ethernet: boolean;
  readonly absoluteSeq: boolean;
  readonly noChecksums: boolean;
  readonly number: boolean;
  readonly time: number;
  readonly nanos: boolean;
  readonly hex: number;
  readonly hexAscii: number;
  readonly ascii: number;
  readonly forced: ForcedType | null;
}

/** What a command line asks for, or the text to end with and where it goes. */
export type ParsedArgs =
  | { readonly is: "ok"; readonly settings: Settings }
  | { readonly is: "exit"; readonly stdout: string; readonly stderr: string; readonly code: number };

const bad = (name: string, why: string): ParsedArgs => ({ is: "exit", stdout: "", stderr: `${name}: ${why}\n`, code: 1 });

/** The C library's atoi(3). */
const atoi = (text: string): number => {
  const n = parseInt(text, 10);
  return Number.isNaN(n) ? 0 : n;
};

export function parseArgs(argv: readonly string[]): ParsedArgs {
  const name = argv[0] ?? "tcpdump";
  const o = parseOptions(SPEC, argv);
  if (o.is === "bad") return { is: "exit", stdout: "", stderr: o.text, code: 1 };
  if (o.is === "help" || o.has("h")) return { is: "exit", stdout: USAGE, stderr: "", code: 0 };
  if (o.has("version")) return { is: "exit", stdout: VERSION, stderr: "", code: 0 };
  for (const { key, value } of o.list) {
    const why = value === undefined ? null : wrongValue(key, value);
    if (why !== null) return bad(name, why);
  }
  if (times(o, "t") > 5) return bad(name, "only -t, -tt, -ttt, -tttt and -ttttt are supported");
  return { is: "ok", settings: settingsOf(o) };
}

/** Why an option's value cannot be, in the tool's words; `null` when it can. */
function wrongValue(key: string, value: string): string | null {
  switch (key) {
    case "c":
      return atoi(value) <= 0 ? `invalid packet count ${value}` : null;
    case "B":
      return atoi(value) <= 0 ? `invalid packet buffer size ${value}` : null;
    case "s":
      return /^(0[xX][0-9a-fA-F]+|\d+)$/.test(value) && Number(value) <= MAX_SNAP_BYTES
        ? null
        : `invalid snaplen ${value} (must be >= 0 and <= ${MAX_SNAP_BYTES})`;
    case "Q":
      return ["in", "out", "inout"].includes(value.toLowerCase()) ? null : `unknown capture direction \`${value}'`;
    case "T":
      return FORCED[value.toLowerCase()] === undefined ? `unknown packet type \`${value}'` : FORCED[value.toLowerCase()] === null ? `-T ${value}: not simulated here` : null;
    case "y":
      return LINK_TYPES[value.toUpperCase()] === undefined ? `invalid data link type ${value}` : null;
    case "time-stamp-precision":
      return ["micro", "nano"].includes(value) ? null : "unsupported time stamp precision";
    case "Z":
      return value === "root" ? null : `-Z ${value}: not simulated here`;
    default:
      return null;
  }
}

const times = (o: Options, key: string): number => o.list.filter((given) => given.key === key).length;

function settingsOf(o: Options): Settings {
  const snap = Number(o.value("s") ?? 0);
  const precision = [...o.list].reverse().find((g) => ["micro", "nano", "time-stamp-precision"].includes(g.key));
  return {
    device: o.value("i") ?? null,
    readFile: o.value("r") ?? null,
    writeFile: o.value("w") ?? null,
    filterFile: o.value("F") ?? null,
    expression: o.operands.join(" "),
    count: atoi(o.value("c") ?? "0"),
    snapBytes: snap === 0 ? MAX_SNAP_BYTES : snap,
    bufferKib: atoi(o.value("B") ?? "2048"),
    direction: (o.value("Q")?.toLowerCase() ?? "inout") as Settings["direction"],
    linkType: LINK_TYPES[o.value("y")?.toUpperCase() ?? ""] ?? null,
    promiscuous: !o.has("p"),
    optimize: !o.has("O"),
    listInterfaces: o.has("D"),
    listLinkTypes: o.has("L"),
    countOnly: o.has("count"),
    print: o.has("print"),
    lineBuffered: o.has("l"),
    packetBuffered: o.has("U"),
    immediate: o.has("immediate-mode"),
    numeric: o.has("n"),
    shortNames: o.has("N"),
    verbose: times(o, "v"),
    quiet: o.has("q"),
    ethernet: o.has("e"),
    absoluteSeq: o.has("S"),
    noChecksums: o.has("K"),
    number: o.has("#"),
    time: times(o, "t"),
    nanos: (precision?.value ?? precision?.key) === "nano",
    hex: times(o, "x"),
    hexAscii: times(o, "X"),
    ascii: times(o, "A"),
    forced: FORCED[o.value("T")?.toLowerCase() ?? ""] ?? null,
  };
}
