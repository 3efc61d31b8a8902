/**
 * TCP dialogues between two machines `a` and `b` on one wire: socket calls and what they answered, and under each the segments that
 * went over the wire ("  0.030 a P. 1:76(75) ack 1 win 63"; numbers relative to each side's first). `dialogue.py` plays the same lines
 * on the real kernel. `# title` begins anew.
 */
import { readFileSync } from "node:fs";
import type { Netns } from "../../net/core/netns.ts";
import { createSock } from "../../net/sock/create.ts";
import type { Sock } from "../../net/sock/sock.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import type { SockAddr, SockOption } from "../../net/uapi/socket.ts";
import { routeInsert } from "../../net/ipv4/fib-frontend.ts";
import { TABLE_MAIN } from "../../net/ipv4/fib.ts";
import { NetTestbed, ipOf } from "../net-testbed.ts";
import { isSegment, isSetting } from "./compare.ts";
import { WireText } from "./wire-text.ts";

export interface Dialogue {
  readonly title: string;
  readonly lines: readonly string[];
}

export function readDialogues(file: string): readonly Dialogue[] {
  return readFileSync(file, "utf8").split(/^# /m).slice(1).map((text) => {
    const [title = "", ...lines] = text.trimEnd().split("\n");
    return { title, lines };
  });
}

const SECONDS = new Set(["TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_LINGER2", "TCP_DEFER_ACCEPT"]);
const MILLISECONDS = new Set(["TCP_USER_TIMEOUT"]);
const BOOLEANS = new Set(["TCP_NODELAY", "TCP_CORK", "TCP_QUICKACK", "SO_KEEPALIVE", "SO_REUSEADDR", "SO_REUSEPORT"]);

/** Plays the calls of a dialogue; the same lines with this stack's answers and segments. */
export function playDialogue(dialogue: Dialogue): readonly string[] {
  const setting = (name: string): number => Number(dialogue.lines.find((l) => l.startsWith(`${name} `))?.split(" ")[1] ?? "0");
  return new Player(setting("mtu"), setting("router"), setting("lo") === 1).play(dialogue.lines.filter((l) => l !== "" && !isSegment(l) && !isSetting(l)));
}

class Player {
  readonly bed = new NetTestbed();
  readonly #socks = new Map<string, Sock>();
  readonly #wire = new WireText();
  readonly #hosts: Readonly<Record<string, Netns>>;
  readonly #startNs: number;
  readonly #blocked: Record<string, boolean> = {};

  readonly #b: string;

  readonly #dev: string;

  constructor(mtu: number, routerMtu: number, lo: boolean) {
    this.#b = lo ? "127.0.0.1" : routerMtu === 0 ? "10.9.0.2" : "10.8.0.2";
    this.#dev = lo ? "lo" : "e0";
    if (routerMtu > 0) this.#routed(routerMtu);
    else for (const dev of this.bed.wire("a e0 10.9.0.1/24", "b e0 10.9.0.2/24")) dev.mtuBytes = mtu === 0 ? dev.mtuBytes : mtu;
    this.#hosts = { a: this.bed.host("a"), b: this.bed.host(lo ? "a" : "b") };
    this.bed.ping("a", this.#b);
    this.bed.pass(1.05);
    this.bed.events.length = 0;
    this.#startNs = this.bed.sim.nowNs;
  }

  /** a – r – b; the link from r to b takes packets of `mtu` bytes, as b does not know. */
  #routed(mtu: number): void {
    const { bed } = this;
    bed.wire("a e0 10.9.0.1/24", "r left 10.9.0.254/24");
    const [right] = bed.wire("r right 10.8.0.254/24", "b e0 10.8.0.2/24");
    right.mtuBytes = mtu;
    bed.host("r").sysctl.get("net/ipv4/ip_forward")!.set!("1");
    for (const [host, via] of [["a", "10.9.0.254"], ["b", "10.8.0.254"]] as const) {
      const nexthop = { dev: bed.host(host).device("e0")!, gateway: ipOf(via), weight: 1, onlink: false, scope: 253 };
      routeInsert(bed.host(host), {
        table: TABLE_MAIN, type: "unicast", dst: ipOf("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null,
        nexthops: [nexthop], metrics: new Map(), locked: new Set(),
      });
    }
  }

  play(lines: readonly string[]): readonly string[] {
    const out: string[] = [];
    for (const line of lines) {
      const call = line.split(" → ")[0]!;
      const words = call.split(" ");
      if (words[0] === "wait") {
        this.bed.pass(Number(words[1]) / 1000);
        out.push(call, ...this.#segments());
        continue;
      }
      out.push(`${call} → ${this.#act(words)}`);
      this.bed.pass(0.008);
      out.push(...this.#segments());
    }
    return out;
  }

  #segments(): readonly string[] {
    const events = this.bed.events.splice(0).filter((e) => (e.kind === "l2.tx" || (e.kind === "l2.rx" && this.#dev !== "lo")) && e.place === "a" && e.dev === this.#dev && e.bytes !== null);
    return events.flatMap((e) => {
      const text = this.#wire.describe(e.bytes!, e.wireLength);
      return text === null ? [] : [`  ${((e.atNs - this.#startNs) / 1e9).toFixed(3)} ${text}`];
    });
  }

  #act(words: readonly string[]): string {
    const [first = "", second = "", third = "", ...rest] = words;
    if (first === "block" || first === "unblock") return this.#block(second, first === "block");
    if (first === "sysctl") return this.#hosts[second]!.sysctl.get(`net/ipv4/${third}`)?.set?.(rest.join(" ")) ?? "ok";
    if (third === "=") return this.#keep(second, createSock(this.#hosts[first]!, "inet", "stream", "tcp", 0));
    const sock = this.#socks.get(second === "=" ? rest[0]! : first);
    if (sock === undefined) return "EBADF";
    if (second === "=") return this.#keep(first, sock.accept());
    return call(sock, second, third === "" ? rest : [third, ...rest], this.#b);
  }

  #keep(name: string, sock: Sock | string): string {
    if (typeof sock === "string") return sock;
    this.#socks.set(name, sock);
    return "ok";
  }

  /** As the real kernel's rule does: TCP that comes in is dropped. */
  #block(host: string, on: boolean): string {
    const ns = this.#hosts[host]!;
    if (this.#blocked[host] === undefined) {
      ns.hooks.register("ip", "prerouting", { priority: 0, name: "block", run: () => (this.#blocked[host] === true ? "drop" : "accept") });
    }
    this.#blocked[host] = on;
    return "ok";
  }
}

function call(sock: Sock, name: string, args: readonly string[], b: string): string {
  const [arg = "", value = ""] = args;
  switch (name) {
    case "bind": return sock.bind(addr(arg, b)) ?? "ok";
    case "listen": return sock.listen(Number(arg)) ?? "ok";
    case "connect": return sock.connect(addr(arg, b), 0) ?? "ok";
    case "send": return String(sock.send({ data: new Uint8Array(Number(arg)).fill(120), more: args.includes("more") }, 0));
    case "recv": return received(sock, Number(arg), args.includes("peek"));
    case "shutdown": return sock.shutdown(arg as "read") ?? "ok";
    case "set": return setOption(sock, arg, value);
    case "get": return String(SECONDS.has(arg) ? Number(sock.getOption(arg as SockOption)) / 1e9 : sock.getOption(arg as SockOption));
    case "error": return String(sock.getOption("SO_ERROR") ?? "none");
    case "poll": return poll(sock);
    case "state": {
      const info = sock.getOption("TCP_INFO");
      return isErrno(info) ? info : info.state;
    }
    case "close":
      sock.close();
      return "ok";
    default: throw new Error(`unknown call ${name}`);
  }
}

function received(sock: Sock, maxBytes: number, peek: boolean): string {
  const got = sock.recv({ maxBytes, peek });
  return typeof got === "string" ? got : String(got.data.length);
}

function poll(sock: Sock): string {
  const bits = [sock.readable() && "in", sock.writable() && "out", sock.hasError() && "err", sock.hungUp() && "hup"];
  return bits.filter((b) => b !== false).join(" ") || "nothing";
}

function setOption(sock: Sock, name: string, text: string): string {
  const n = Number(text);
  if (name === "SO_LINGER") return sock.setOption("SO_LINGER", { seconds: n }) ?? "ok";
  const value = BOOLEANS.has(name) ? n !== 0 : SECONDS.has(name) ? n * 1e9 : MILLISECONDS.has(name) ? n * 1e6 : n;
  return sock.setOption(name as "SO_MARK", value as number) ?? "ok";
}

function addr(text: string, b: string): SockAddr {
  const [host = "", port = "0"] = text.split(":");
  const ip = { a: "10.9.0.1", b, "": "0.0.0.0" }[host] ?? host;
  return { family: "inet", addr: ipOf(ip), port: Number(port) };
}
