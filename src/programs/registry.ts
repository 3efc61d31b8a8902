import type { Program } from "../os/sys.ts";
import { arp } from "./net-tools/arp.ts";
import { brctl } from "./net-tools/brctl.ts";
import { ifconfig } from "./net-tools/ifconfig.ts";
import { netstat } from "./net-tools/netstat.ts";
import { route } from "./net-tools/route.ts";
import { arping } from "./arping/arping.ts";
import { conntrack } from "./conntrack/conntrack.ts";
import { curl } from "./curl/curl.ts";
import { dig } from "./dig/dig.ts";
import { host } from "./dig/host.ts";
import { nslookup } from "./dig/nslookup.ts";
import { dmesg } from "./dmesg.ts";
import { dnsmasq } from "./dnsmasq/dnsmasq.ts";
import { find } from "./find.ts";
import { free } from "./free.ts";
import { iperf3 } from "./iperf3/iperf3.ts";
import { less } from "./less.ts";
import { lsof } from "./lsof/lsof.ts";
import { nc } from "./nc/nc.ts";
import { nstat } from "./nstat.ts";
import { sed } from "./sed/sed.ts";
import { socat } from "./socat/socat.ts";
import { ss } from "./ss/ss.ts";
import { tc } from "./tc/tc.ts";
import { tcpdump } from "./tcpdump/tcpdump.ts";
import { telnet } from "./telnet/telnet.ts";
import { traceroute } from "./traceroute/traceroute.ts";
import { tracepath } from "./tracepath/tracepath.ts";
import { wget } from "./wget/wget.ts";
import { CORE_PROGRAMS } from "./registry-core.ts";

/**
 * Every program and where Debian has it. One line a program: add yours, and its path to late-paths.ts. A page fetches
 * those that are not in registry-core.ts after its machines have booted.
 */
export const PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...CORE_PROGRAMS,
  ["/usr/sbin/conntrack", conntrack],
  ["/usr/sbin/arp", arp],
  ["/usr/sbin/brctl", brctl],
  ["/usr/sbin/ifconfig", ifconfig],
  ["/usr/bin/netstat", netstat],
  ["/usr/sbin/route", route],
  ["/usr/bin/curl", curl],
  ["/usr/bin/dig", dig],
  ["/usr/bin/dmesg", dmesg],
  ["/usr/sbin/dnsmasq", dnsmasq],
  ["/usr/bin/find", find],
  ["/usr/bin/free", free],
  ["/usr/bin/arping", arping],
  ["/usr/bin/host", host],
  ["/usr/bin/nslookup", nslookup],
  ["/usr/bin/iperf3", iperf3],
  ["/usr/bin/less", less],
  ["/usr/bin/lsof", lsof],
  ...["nc", "nc.openbsd", "netcat"].map((name) => [`/usr/bin/${name}`, nc] as const),
  ["/usr/bin/nstat", nstat],
  ["/usr/bin/sed", sed],
  ["/usr/bin/socat", socat],
  ["/usr/bin/ss", ss],
  ["/usr/sbin/tc", tc],
  ["/usr/bin/tcpdump", tcpdump],
  ...["telnet", "inetutils-telnet"].map((name) => [`/usr/bin/${name}`, telnet] as const),
  ["/usr/bin/tracepath", tracepath],
  ["/usr/bin/wget", wget],
  ...["/usr/bin/traceroute", "/usr/sbin/traceroute"].map((path) => [path, traceroute] as const),
]);
