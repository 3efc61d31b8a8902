/**
 * Socket calls and what they answered, one a line (`a bind 0.0.0.0:5000 → EADDRINUSE`), played in the simulator.
 * `socket-calls.py` plays the same lines on a real kernel. `# title` begins with no sockets open.
 */
import { isErrno } from "../net/uapi/errno.ts";
import type { Received, SockAddr, SockDomain, SockOption, SockType } from "../net/uapi/socket.ts";
import type { Sys, Task } from "../os/sys.ts";
import { isRtnlError } from "../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../net/uapi/rtnetlink-link.ts";
import { formatIp4, MAC_ZERO, parseIp4 } from "../wire/addr.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";

const EPHEMERAL = 32768;
const IFF_UP = 1;
/** PACKET_HOST and so on, by number. */
const PACKET_TYPES = ["host", "broadcast", "multicast", "otherhost", "outgoing"];
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/** Plays calls; the same lines with the answers of this system behind them. */
export function* playDialogue(sys: Sys, lines: readonly string[]): Task<string[]> {
  const player = new Player(sys);
  const played: string[] = [];
  for (const line of lines) {
    const call = line.split(" → ")[0] ?? "";
    if (line.startsWith("# ")) player.closeAll();
    played.push(line === "" || line.startsWith("#") ? line : `${call} → ${yield* player.play(call.split(/\s+/))}`);
  }
  player.closeAll();
  return played;
}

class Player {
  readonly #sys: Sys;
  readonly #fds = new Map<string, { readonly fd: number; readonly domain: SockDomain }>();

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  closeAll(): void {
    for (const { fd } of this.#fds.values()) this.#sys.close(fd);
    this.#fds.clear();
  }

  *play(words: readonly string[]): Task<string> {
    const [name = "", call = "", ...rest] = words;
    if (call === "=") return yield* this.#open(name, rest);
    if (name === "pass") return (yield* this.#sys.sleep(50e6)) ?? "ok";
    const path = { unlink: () => this.#sys.unlink(call), mkdir: () => this.#sys.mkdir(call), touch: () => this.#sys.writeFile(call, "", { write: true, create: true }) }[name];
    if (path !== undefined) return path() ?? "ok";
    if (name === "link") {
      const reply = this.#sys.rtnl({ op: "link.new", target: { name: call }, flags: { create: false, exclusive: false, replace: false, append: false }, attrs: rest[0] === "up" ? { flagsOn: IFF_UP } : { flagsOff: IFF_UP } });
      return isRtnlError(reply) ? "failed" : "ok";
    }
    if (name === "kind") {
      const stat = this.#sys.stat(call);
      return isErrno(stat) ? stat : stat.kind;
    }
    return yield* this.#onSocket(name, call, rest);
  }

  *#open(name: string, [what = "", domain = "", type = "", protocol = "0"]: readonly string[]): Task<string> {
    if (what === "pair") return this.#pair(name.split(","), domain as SockType);
    const from = this.#fds.get(domain);
    const fd = what === "accept" ? yield* this.#sys.accept(from?.fd ?? -1) : this.#sys.socket(domain as SockDomain, type as SockType, Number(protocol) === 0 && domain !== "packet" && type !== "raw" ? "default" : Number(protocol));
    return isErrno(fd) ? fd : this.#keep(name, fd, what === "accept" ? (from?.domain ?? "unix") : (domain as SockDomain));
  }

  #pair(names: readonly string[], type: SockType): string {
    const pair = this.#sys.socketpair(type);
    if (isErrno(pair)) return pair;
    for (const [i, fd] of pair.entries()) this.#keep(names[i] ?? "", fd, "unix");
    return "ok";
  }

  #keep(name: string, fd: number, domain: SockDomain): string {
    this.#fds.set(name, { fd, domain });
    this.#sys.setNonBlock(fd, true);
    return "ok";
  }

  *#onSocket(name: string, call: string, rest: readonly string[]): Task<string> {
    const { fd, domain } = this.#fds.get(name) ?? { fd: -1, domain: "inet" as const };
    const [first = "", second = ""] = rest;
    switch (call) {
      case "bind": return this.#sys.bind(fd, this.#address(domain, first)) ?? "ok";
      case "connect": return (yield* this.#sys.connect(fd, this.#address(domain, first))) ?? "ok";
      case "disconnect": return (yield* this.#sys.connect(fd, { family: "unspec" })) ?? "ok";
      case "listen": return this.#sys.listen(fd, Number(first)) ?? "ok";
      case "shutdown": return this.#sys.shutdown(fd, first as "read" | "write" | "both") ?? "ok";
      case "close": return this.#sys.close(fd) ?? "ok";
      case "name": return this.#shown(this.#sys.getsockname(fd));
      case "peer": return this.#shown(this.#sys.getpeername(fd));
      case "set": return this.#sys.setsockopt(fd, first as SockOption, BOOLEANS[second] ?? (second === "-" ? "" : /^\d+$/.test(second) ? Number(second) : second)) ?? "ok";
      case "get": return optionText(this.#sys.getsockopt(fd, first as SockOption));
      case "send": return yield* this.#send(fd, domain, rest);
      case "recv": return yield* this.#receive(fd, rest);
      case "poll": return yield* this.#poll(fd);
      default: throw new Error(`not a call: ${call}`);
    }
  }

  *#send(fd: number, domain: SockDomain, words: readonly string[]): Task<string> {
    const after = (word: string): string | undefined => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
    const [first = ""] = words;
    const data = first.startsWith("*") ? utf8("x".repeat(Number(first.slice(1)))) : utf8(first);
    const [to, via] = [after("to"), parseIp4(after("via") ?? "")];
    const message = { data, dontWait: true, noSignal: true, ...(to === undefined ? {} : { to: this.#address(domain, to) }), ...(via === null ? {} : { from: { addr: via } }) };
    return String(yield* this.#sys.sendmsg(fd, message));
  }

  *#receive(fd: number, words: readonly string[]): Task<string> {
    const maxBytes = /^\d+$/.test(words[0] ?? "") ? Number(words[0]) : 65535;
    const got = yield* this.#sys.recvmsg(fd, { maxBytes, dontWait: true, peek: words.includes("peek"), errorQueue: words.includes("err") });
    return isErrno(got) ? got : receivedText(got, this.#shown(got.from));
  }

  #address(domain: SockDomain, text: string): SockAddr {
    if (domain !== "packet") return address(domain, text);
    const [name = "", protocol = ""] = text.split(":");
    const ifindex = name === "-" ? 0 : (this.#links().find((l) => l.name === name)?.ifindex ?? 9999);
    return { family: "packet", ifindex, protocol: parseInt(protocol, 16), pkttype: "host", mac: MAC_ZERO, hatype: 0 };
  }

  #links(): readonly LinkRow[] {
    const reply = this.#sys.rtnl({ op: "link.dump" });
    return isRtnlError(reply) ? [] : reply.items.flatMap((i) => (i.is === "link" ? [i.link] : []));
  }

  #shown(addr: SockAddr | string | undefined): string {
    if (typeof addr === "string" || addr?.family !== "packet") return shown(addr);
    const name = this.#links().find((l) => l.ifindex === addr.ifindex)?.name ?? "-";
    return `${name}:${addr.protocol.toString(16).padStart(4, "0")} type=${PACKET_TYPES.indexOf(addr.pkttype)}`;
  }

  *#poll(fd: number): Task<string> {
    const got = yield* this.#sys.pollFds([{ fd, in: true, out: true }], this.#sys.nowNs);
    const ready = isErrno(got) ? undefined : got[0];
    return (["in", "out", "err", "hup"] as const).filter((bit) => ready?.[bit] === true).join(" ") || "-";
  }
}

function address(domain: SockDomain, text: string): SockAddr {
  if (domain === "unix") return { family: "unix", path: text === "-" ? "" : text.replace(/^@/, "\0") };
  const [host = "", port = "0"] = text.split(":");
  return { family: "inet", addr: parseIp4(host)!, port: Number(port) };
}

function shown(addr: SockAddr | string | undefined): string {
  if (typeof addr === "string") return addr;
  if (addr?.family === "unix") return addr.path === "" ? "-" : addr.path.replace(/^\0/, "@");
  if (addr?.family !== "inet") return "-";
  return `${formatIp4(addr.addr)}:${addr.port >= EPHEMERAL ? "PORT" : addr.port}`;
}

function optionText(value: unknown): string {
  if (value === null) return "0";
  if (typeof value === "object" && "uid" in value && "gid" in value) return `uid=${String(value.uid)} gid=${String(value.gid)}`;
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

function receivedText(got: Received, from: string): string {
  const text = got.data.length > 40 ? `*${got.data.length}` : fromUtf8(got.data);
  const { error } = got;
  return [
    `'${text}'`, "from", from, ...(got.wireLength > got.data.length ? ["cut"] : []), ...(got.info === undefined ? [] : [`to=${formatIp4(got.info.addr)}`]),
    ...(got.ttl === undefined ? [] : [`ttl=${got.ttl}`]), ...(got.tos === undefined ? [] : [`tos=${got.tos}`]),
    ...(error === undefined ? [] : [`${error.errno} ${error.origin} type=${error.type} code=${error.code} info=${error.info}`]),
  ].join(" ");
}
