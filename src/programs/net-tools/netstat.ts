import type { Program, Task } from "../../os/sys.ts";
import { parseOptions, type Options } from "../lib/options.ts";
import { finish, openIo, type Io } from "../lib/tool.ts";
import { interfaces } from "./ifconfig.ts";
import { showLong, showShort } from "./ifconfig-show.ts";
import { NETSTAT_USAGE, NETSTAT_VERSION } from "./netstat-usage.ts";
import { inetSection, unixSection } from "./netstat-sockets.ts";
import { showRoutes } from "./route.ts";
import { statisticsText } from "./statistics.ts";

const SECOND_NS = 1_000_000_000;
const IFF_UP = 1;
const E_OPTERR = 3;
const E_USAGE = 4;

/** netstat(8) of net-tools 2.10: sockets, routes, interfaces, statistics, read from /proc/net. */
export const netstat: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const o = parseOptions({
    takes: "a,all c,continuous e,extend i,interfaces l,listening n,numeric numeric-hosts numeric-ports numeric-users o,timers p,programs r,route s,statistics t,tcp u,udp U,udplite S,sctp " +
      "w,raw x,unix W,wide v,verbose V,version 4,inet A,protocol= F,fib N,symbolic h Z,context M,masquerade ?",
    refuses: "6,inet6 C,cache g,groups 2,l2cap f,rfcomm ax25 ipx netrom x25 rose ddp d", usage: "", hint: () => NETSTAT_USAGE + ROUTE_FAMILIES,
  }, io.argv);
  const status = o.is === "help" ? yield* usage(io, 0) : o.is === "bad" ? yield* fail(io, o.text, E_OPTERR) : yield* main(io, o);
  return yield* finish(io, status);
};

/** Printed on stderr even where the rest goes to stdout. */
const ROUTE_FAMILIES = `    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) 
    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) 
    ddp (Appletalk DDP) x25 (CCITT X.25) 
`;

function* usage(io: Io, status: number): Task<number> {
  if (status === E_OPTERR) yield* io.err(NETSTAT_USAGE + ROUTE_FAMILIES);
  else {
    yield* io.out.text(NETSTAT_USAGE);
    yield* io.err(ROUTE_FAMILIES);
  }
  return status;
}

function* fail(io: Io, text: string, status: number): Task<number> {
  yield* io.err(text);
  return status;
}

function* main(io: Io, o: Options): Task<number> {
  if (o.has("V")) {
    yield* io.out.text(NETSTAT_VERSION);
    return 0;
  }
  if (o.has("Z")) return yield* fail(io, "SELinux is not enabled on this machine.\n", 1);
  if (o.has("h")) return yield* usage(io, 0);
  if (["i", "r", "M", "s"].filter((key) => o.has(key)).length > 1 || o.has("?")) return yield* usage(io, E_OPTERR);
  const family = o.value("A");
  if (family !== undefined && !["inet", "unix"].includes(family)) return yield* fail(io, `netstat: -A ${family}: not simulated here\n`, E_USAGE);
  if (o.has("M")) return yield* fail(io, "netstat: no support for `ip_masquerade' on this system.\n", 1);
  if (o.has("s")) return yield* statistics(io, o);
  return yield* repeated(io, o);
}

function* statistics(io: Io, o: Options): Task<number> {
  const named = o.has("t", "u", "w", "U", "S");
  const wanted = (key: string): boolean => !named || o.has(key);
  yield* io.out.text(statisticsText(io.sys, { raw: wanted("w"), tcp: wanted("t"), udp: wanted("u") }));
  return 0;
}

/** -c: once a second, until somebody ends it. */
function* repeated(io: Io, o: Options): Task<number> {
  for (;;) {
    if (o.has("r")) yield* showRoutes(io, o.has("n"), [1, 0, 2][Math.min(2, o.list.filter((x) => x.key === "e").length)] ?? 1);
    else if (o.has("i")) yield* interfaceTable(io, o);
    else yield* sockets(io, o);
    if (!o.has("c")) return 0;
    yield* io.out.flush();
    if (io.out.error !== undefined) return 0;
    yield* io.sys.sleep(SECOND_NS);
  }
}

const INTERFACE_TITLES = "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n";

function* interfaceTable(io: Io, o: Options): Task<void> {
  yield* io.out.text(`Kernel Interface table\n${o.has("e") ? "" : INTERFACE_TITLES}`);
  for (const one of interfaces(io.sys)) if (o.has("a") || (one.link.flags & IFF_UP) !== 0) yield* io.out.text(o.has("e") ? showLong(one) : showShort(one));
}

function* sockets(io: Io, o: Options): Task<void> {
  const inet = o.has("4") || o.value("A") === "inet";
  const unix = o.has("x") || o.value("A") === "unix";
  const named = o.has("t", "u", "w", "U", "S");
  const every = !named && !inet && !unix;
  if (every || named || inet) yield* inetSection(io, o, every || (inet && !named) ? ["tcp", "udp", "raw"] : (["tcp", "udp", "raw"] as const).filter((_, i) => o.has(["t", "u", "w"][i]!)));
  if (every || unix) yield* unixSection(io, o);
}
