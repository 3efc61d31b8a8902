import { STDERR, STDOUT } from "../../os/sys.ts";
import type { Program, Sys, Task } from "../../os/sys.ts";
import { LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2 } from "../../wire/pcap.ts";
import { captureLive } from "./capture.ts";
import { deviceList, devices } from "./devices.ts";
import { LINK_NAMES } from "./filter/compile.ts";
import { openLive } from "./live.ts";
import { parseArgs } from "./options.ts";
import type { Settings } from "./options.ts";
import { readFile } from "./read-file.ts";
import { catchSignals, compileFor, die, linkText } from "./session.ts";
import type { Interrupt } from "./session.ts";
import { Sink } from "./sink.ts";

/** tcpdump(1), version 4.99.3: options, devices and files here; printing in print/, expressions in filter/. */

/** What the real tool dissects and this one prints as bytes, or refuses. */
export const NOT_SIMULATED: readonly string[] = [
  "protocols printed as unknown payload: IPX, AppleTalk, DECnet, MPLS, PPPoE, EAPOL, LLDP, slow protocols, CFM, MACsec, PTP, OSI",
  "IP protocols printed as ip-proto-N: AH, ESP, GRE, OSPF, EIGRP, VRRP, PIM, SCTP, DCCP, RSVP, L2TP and others",
  "ICMPv6 node information, router renumbering, mobile prefixes and RPL in hex; IGMP mtrace, DVMRP and PIMv1 by name; IPv6 jumbograms",
  "UDP and TCP payloads other than DNS, mDNS, DHCP, OTV, VXLAN, HTTP, SMTP, FTP, whois and SSH are shown by their length",
  "-b -C -d -E -f -G -H -I -j -J -m -M -u -V -W -Y -z, --fp-type, --lengths, -Z other than root, -T other than vxlan and domain",
  "devices bluetooth-monitor, nflog, nfqueue, dbus-system, dbus-session",
];

export const tcpdump: Program = function* (sys, argv) {
  const parsed = parseArgs(argv);
  if (parsed.is === "exit") {
    if (parsed.stdout !== "") yield* sys.write(STDOUT, parsed.stdout);
    if (parsed.stderr !== "") yield* sys.write(STDERR, parsed.stderr);
    return parsed.code;
  }
  const { settings } = parsed;
  const name = argv[0] ?? "tcpdump";
  if (settings.listInterfaces) {
    yield* sys.write(STDOUT, deviceList(sys));
    return 0;
  }
  const interrupt = catchSignals(sys);
  return settings.readFile === null ? yield* live(sys, name, settings, interrupt) : yield* readFile(sys, name, settings, interrupt);
};

function* live(sys: Sys, name: string, settings: Settings, interrupt: Interrupt): Task<number> {
  const device = numbered(sys, settings.device ?? devices(sys)[0]?.name ?? "any");
  if (device === null) return yield* die(sys, name, "Invalid adapter index");
  const capture = openLive(sys, device, settings);
  if ("error" in capture) return yield* die(sys, name, capture.error);
  if (settings.listLinkTypes) {
    yield* sys.write(STDERR, linkTypeList(device));
    return 0;
  }
  const wrong = yield* setLinkType(sys, name, settings, capture.linkType, device);
  if (wrong !== null) return yield* die(sys, name, wrong);
  const filter = yield* compileFor(sys, settings, capture.linkType, true);
  if (typeof filter === "string") return yield* die(sys, name, filter);
  const sink = new Sink(sys, settings, capture.linkType);
  const refused = yield* sink.open(settings.snapBytes);
  if (refused !== null) return yield* die(sys, name, refused);
  const hint = settings.verbose === 0 && settings.writeFile === null ? "verbose output suppressed, use -v[v]... for full protocol decode\n" : "";
  yield* sys.write(STDERR, `${name}: ${hint}listening on ${device}, ${linkText(capture.linkType)}, snapshot length ${settings.snapBytes} bytes\n`);
  return yield* captureLive(sys, name, { capture, settings, filter, sink, interrupt });
}

/** A number is a place in the list of -D; `null` when the list is shorter. */
function numbered(sys: Sys, device: string): string | null {
  if (!/^\d+$/.test(device)) return device;
  return devices(sys)[Number(device) - 1]?.name ?? null;
}

function* setLinkType(sys: Sys, name: string, settings: Settings, linkType: number, device: string): Task<string | null> {
  if (device === "any" || settings.linkType !== null) {
    const wanted = settings.linkType ?? LINKTYPE_LINUX_SLL2;
    const text = LINK_NAMES.get(wanted)?.[0] ?? String(wanted);
    if (wanted !== linkType || (device === "any" && wanted === LINKTYPE_ETHERNET)) return `${text} is not one of the DLTs supported by this device\n`;
    yield* sys.write(STDERR, `${name}: data link type ${text}\n`);
  }
  return null;
}

function linkTypeList(device: string): string {
  const kinds =
    device === "any"
      ? "  LINUX_SLL (Linux cooked v1)\n  LINUX_SLL2 (Linux cooked v2)\n"
      : `  EN10MB (Ethernet)\n${device === "lo" ? "" : "  DOCSIS (DOCSIS) (printing not supported)\n"}`;
  return `Data link types for ${device} (use option -y to set):\n${kinds}`;
}

