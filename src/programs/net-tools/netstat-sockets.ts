import { TCP_STATES } from "../../net/uapi/sock-diag.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, ip4, type Ip4 } from "../../wire/addr.ts";
import type { Options } from "../lib/options.ts";
import { readText, userName } from "../lib/proc.ts";
import { addressName } from "../lib/resolve.ts";
import { readServices, type Service } from "../lib/services.ts";
import { socketUsers } from "../lib/socket-users.ts";
import type { Io } from "../lib/tool.ts";

/** Sockets as netstat lists them, from /proc/net/tcp, udp, raw and unix. */

const PROGRAM_CHARS = 20;
/** snprintf into a buffer of that size leaves room for the final zero. */
const PROGRAM_MOST = PROGRAM_CHARS - 1;
const ADDRESS_CHARS = 22;
const TICKS = 100;

const which = (o: Options): string => (o.has("a") ? "(servers and established)" : o.has("l") ? "(only servers)" : "(w/o servers)");
const programBanner = (o: Options): string => (o.has("p") ? ` ${"PID/Program name".padEnd(PROGRAM_CHARS)}` : "");

export function* inetSection(io: Io, o: Options, protocols: readonly ("tcp" | "udp" | "raw")[]): Task<void> {
  const extended = o.has("e") ? " User       Inode     " : "";
  yield* io.out.text(`Active Internet connections ${which(o)}\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${extended}${programBanner(o)}${o.has("o") ? " Timer" : ""}\n`);
  const names = new Names(io.sys, o);
  const holders = o.has("p") ? programs(io.sys) : null;
  for (const proto of protocols) {
    for (const entry of readTable(io.sys, proto).filter((e) => isShown(e, proto, o))) yield* io.out.text(yield* line(io.sys, o, proto, entry, names, holders));
  }
}

/** One line of /proc/net/tcp and its like. */
interface Entry {
  readonly local: Ip4;
  readonly localPort: number;
  readonly remote: Ip4;
  readonly remotePort: number;
  readonly state: number;
  readonly tx: number;
  readonly rx: number;
  readonly timer: number;
  readonly whenTicks: number;
  readonly retransmits: number;
  readonly uid: number;
  readonly timeout: number;
  readonly inode: number;
}

function readTable(sys: Sys, proto: string): Entry[] {
  const lines = (readText(sys, `/proc/net/${proto}`) ?? "").split("\n").slice(1).filter((l) => l.trim() !== "");
  return lines.map((text) => {
    const [, local = "", remote = "", state = "", queues = "", timer = "", retr = "", uid = "", timeout = "", inode = ""] = text.trim().split(/\s+/);
    const hex = (s: string | undefined): number => parseInt(s ?? "0", 16);
    const [la, lp] = local.split(":");
    const [ra, rp] = remote.split(":");
    const [tx, rx] = queues.split(":");
    const [run, when] = timer.split(":");
    return {
      local: addressOf(la), localPort: hex(lp), remote: addressOf(ra), remotePort: hex(rp), state: hex(state), tx: hex(tx), rx: hex(rx), timer: hex(run),
      whenTicks: hex(when), retransmits: hex(retr), uid: Number(uid), timeout: Number(timeout), inode: Number(inode),
    };
  });
}

/** The kernel prints the address as a little-endian word. */
function addressOf(hex = "0"): Ip4 {
  const n = parseInt(hex, 16);
  return ip4((((n & 255) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0);
}

function isShown(e: Entry, proto: string, o: Options): boolean {
  if (o.has("a")) return true;
  const hasPeer = proto === "tcp" ? e.remotePort !== 0 : e.remote !== 0;
  return hasPeer !== o.has("l");
}

function* line(sys: Sys, o: Options, proto: string, e: Entry, names: Names, holders: Programs | null): Task<string> {
  const local = yield* names.endpoint(e.local, e.localPort, proto);
  const remote = yield* names.endpoint(e.remote, e.remotePort, proto);
  const queues = `${String(e.rx).padStart(6)} ${String(e.tx).padStart(6)}`;
  const head = `${proto.padEnd(proto === "udp" ? 5 : 4)}${proto === "udp" ? "" : " "} ${queues} ${local.padEnd(23)} ${remote.padEnd(23)} ${stateText(proto, e.state).padEnd(11)}`;
  const user = o.has("n", "numeric-users") ? String(e.uid) : userName(sys, e.uid);
  const extended = o.has("e") ? ` ${user.padEnd(10)} ${String(e.inode).padEnd(10)}` : "";
  const program = holders === null ? "" : ` ${(holders.get(e.inode) ?? "-").padEnd(PROGRAM_CHARS)}`;
  return `${head}${extended}${program}${o.has("o") ? ` ${timerText(proto, e)}` : ""}\n`;
}

function stateText(proto: string, state: number): string {
  if (proto === "raw") return String(state);
  const name = TCP_STATES[state - 1] ?? "";
  return proto === "tcp" ? name : state === 1 ? "ESTABLISHED" : state === 7 ? "" : "UNKNOWN";
}

const TIMERS = ["off", "on", "keepalive", "timewait", "probe"];

function timerText(proto: string, e: Entry): string {
  const counts = `${proto === "tcp" ? e.retransmits : 0}/${e.timeout}`;
  return e.timer === 0 ? `off (0.00/${counts})` : `${TIMERS[e.timer] ?? `unkn-${e.timer}`} (${(e.whenTicks / TICKS).toFixed(2)}/${counts})`;
}

/** Addresses and ports in words, unless numbers are asked for; what is too long is cut, unless -W. */
class Names {
  readonly #sys: Sys;
  readonly #o: Options;
  readonly #hosts = new Map<Ip4, string>();
  readonly #services: readonly Service[];

  constructor(sys: Sys, o: Options) {
    this.#sys = sys;
    this.#o = o;
    this.#services = o.has("n", "numeric-ports") ? [] : readServices(sys);
  }

  *endpoint(addr: Ip4, port: number, proto: string): Task<string> {
    const host = yield* this.#host(addr);
    const service = port === 0 ? "*" : (this.#services.find((s) => s.port === port && s.proto === proto)?.name ?? String(port));
    if (this.#o.has("W") || host.length + service.length <= ADDRESS_CHARS) return `${host}:${service}`;
    const portChars = Math.min(service.length, ADDRESS_CHARS - 4);
    return `${host.slice(0, ADDRESS_CHARS - portChars)}:${service.slice(0, portChars)}`;
  }

  *#host(addr: Ip4): Task<string> {
    if (this.#o.has("n", "numeric-hosts") || addr === 0) return formatIp4(addr);
    const known = this.#hosts.get(addr);
    if (known !== undefined) return known;
    const name = (yield* addressName(this.#sys, addr)) ?? formatIp4(addr);
    this.#hosts.set(addr, name);
    return name;
  }
}

type Programs = ReadonlyMap<number, string>;

/** `811/nginx: master p` by inode: the process that was found first. */
function programs(sys: Sys): Programs {
  const all = new Map<number, string>();
  for (const [inode, [first]] of socketUsers(sys)) {
    if (first === undefined) continue;
    const command = (readText(sys, `/proc/${first.pid}/cmdline`) ?? "").split("\0")[0] ?? "";
    const name = command.startsWith("/") ? command.slice(command.lastIndexOf("/") + 1) : command;
    all.set(inode, `${first.pid}/${name}`.slice(0, PROGRAM_MOST));
  }
  return all;
}

const UNIX_TYPES: Readonly<Record<number, string>> = { 1: "STREAM", 2: "DGRAM", 3: "RAW", 4: "RDM", 5: "SEQPACKET" };
const UNIX_STATES = ["FREE", "", "CONNECTING", "CONNECTED", "DISCONNECTING"];
const ACCEPTS = 0x10000;
const UNCONNECTED = 1;

export function* unixSection(io: Io, o: Options): Task<void> {
  yield* io.out.text(`Active UNIX domain sockets ${which(o)}\nProto RefCnt Flags       Type       State         I-Node  ${programBanner(o)} Path\n`);
  const holders = o.has("p") ? programs(io.sys) : null;
  for (const text of (readText(io.sys, "/proc/net/unix") ?? "").split("\n").slice(1).filter((l) => l !== "")) {
    const [, refs = "", , flags = "", type = "", st = "", inode = "", path = ""] = text.split(/\s+/);
    const [state, accepts] = [parseInt(st, 16), (parseInt(flags, 16) & ACCEPTS) !== 0];
    const listening = state === UNCONNECTED && accepts;
    if (!o.has("a") && listening !== o.has("l")) continue;
    const words = listening ? "LISTENING" : (UNIX_STATES[state] ?? "UNKNOWN");
    const head = `unix  ${String(parseInt(refs, 16)).padEnd(6)} ${(accepts ? "[ ACC ]" : "[ ]").padEnd(11)} ${(UNIX_TYPES[parseInt(type, 16)] ?? "UNKNOWN").padEnd(10)} ${words.padEnd(13)} ${inode.padEnd(8)}`;
    yield* io.out.text(`${head}${holders === null ? "" : ` ${(holders.get(Number(inode)) ?? "-").padEnd(PROGRAM_CHARS)}`} ${path}\n`);
  }
}
