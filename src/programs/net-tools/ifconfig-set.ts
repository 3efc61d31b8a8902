import { type Errno, strerror } from "../../net/uapi/errno.ts";
import type { AddrRow, AddrSpec } from "../../net/uapi/rtnetlink.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Ip4, ip4, maskOf, parseMac } from "../../wire/addr.ts";
import type { Io } from "../lib/tool.ts";
import { flagsError, usage } from "./ifconfig.ts";
import { NEW, addrs, ask, hostError, link, parseHost, setLink } from "./kernel.ts";

/** `ifconfig IF …`: the words one after the other, each an ioctl of its own. */

const HINT = "ifconfig: `--help' gives usage information.\n";
const IFF_UP = 0x1;

class Setting {
  readonly io: Io;
  readonly sys: Sys;
  /** "eth0:1" and the device under it. */
  readonly name: string;
  readonly dev: string;
  status = 0;
  readonly #words: string[];

  constructor(io: Io, name: string, words: readonly string[]) {
    this.io = io;
    this.sys = io.sys;
    this.name = name;
    this.dev = name.replace(/:.*/, "");
    this.#words = [...words];
  }

  get more(): boolean {
    return this.#words.length > 0;
  }

  take(): string | undefined {
    return this.#words.shift();
  }

  /** Says which ioctl failed, as perror does. */
  *failed(call: string, error: Errno | undefined): Task<boolean> {
    if (error === undefined) return false;
    yield* this.io.err(`${call}: ${strerror(error)}\n`);
    this.status = 1;
    return true;
  }

  /** SIOCSIFFLAGS; those of a further name ("eth0:1") leave the device alone. */
  *flags(on: number, off: number): Task<void> {
    if (this.name !== this.dev && link(this.sys, this.dev) !== undefined) return;
    if (link(this.sys, this.dev) === undefined) {
      yield* this.io.err(flagsError(this.name));
      this.status = 255;
      return;
    }
    if (yield* this.failed("SIOCSIFFLAGS", setLink(this.sys, this.dev, { flagsOn: on, flagsOff: off }))) this.status = 255;
  }

  get addr(): AddrRow | undefined {
    const index = link(this.sys, this.dev)?.ifindex;
    return addrs(this.sys).find((a) => a.ifindex === index && a.label === this.name);
  }

  /** devinet_ioctl: the address with this name is taken away and put back changed. */
  change(next: Partial<AddrSpec> & Pick<AddrSpec, "local" | "prefixLen">): Errno | undefined {
    const dev = link(this.sys, this.dev);
    if (dev === undefined) return "ENODEV";
    this.remove();
    return ask(this.sys, { op: "addr.new", flags: NEW, addr: { ifindex: dev.ifindex, scope: 0, label: this.name, ...next } });
  }

  remove(): boolean {
    const old = this.addr;
    if (old === undefined) return false;
    ask(this.sys, { op: "addr.del", ifindex: old.ifindex, prefixLen: old.prefixLen, local: old.local, peer: old.peer, label: old.label });
    return true;
  }
}

const SWITCHES: Readonly<Record<string, number>> = { promisc: 0x100, multicast: 0x1000, allmulti: 0x200, dynamic: 0x8000 };

/** Returns the exit status; a word that is no address ends it with the usage. */
export function* configure(io: Io, name: string, words: readonly string[]): Task<number> {
  const s = new Setting(io, name, words);
  while (s.more) {
    const end = yield* word(s, s.take()!);
    if (end !== null) return end;
  }
  return s.status;
}

function* word(s: Setting, w: string): Task<number | null> {
  const off = w.startsWith("-");
  const bit = SWITCHES[off ? w.slice(1) : w];
  if (bit !== undefined) yield* s.flags(off ? 0 : bit, off ? bit : 0);
  else if (w === "up") yield* s.flags(IFF_UP, 0);
  else if (w === "down") yield* down(s);
  else if (w === "arp") yield* s.flags(0, 0x80);
  else if (w === "-arp") yield* s.flags(0x80, 0);
  else return yield* wordWithValue(s, w);
  return null;
}

/** "down" of a further name takes that address away. */
function* down(s: Setting): Task<void> {
  if (s.name === s.dev) return yield* s.flags(0, IFF_UP);
  if (s.remove()) return;
  yield* s.failed("SIOCSIFFLAGS", "EADDRNOTAVAIL");
  s.status = 255;
}

const REFUSED = new Set(["add", "del", "tunnel", "outfill", "keepalive", "mem_start", "io_addr", "irq", "media", "trailers", "-trailers", "-broadcast", "-pointopoint", "metric"]);

function* wordWithValue(s: Setting, w: string): Task<number | null> {
  if (REFUSED.has(w)) {
    yield* s.io.err(`ifconfig: ${w}: not simulated here\n`);
    return 1;
  }
  if (w === "hw") return yield* hardware(s);
  if (w === "mtu" || w === "txqueuelen" || w === "name") return yield* linkValue(s, w);
  if (w === "netmask" || w === "broadcast" || w === "pointopoint" || w === "dstaddr") return yield* addrValue(s, w);
  if (w === "inet" || w === "inet6") {
    if (w === "inet") return null;
    yield* s.io.err("ifconfig: inet6: not simulated here\n");
    return 1;
  }
  return yield* address(s, w);
}

function* linkValue(s: Setting, w: "mtu" | "txqueuelen" | "name"): Task<number | null> {
  const value = s.take();
  if (value === undefined) return yield* usage(s.io);
  const call = { mtu: "SIOCSIFMTU", txqueuelen: "SIOCSIFTXQLEN", name: "SIOCSIFNAME" }[w];
  const n = Number.parseInt(value, 10) || 0;
  const bounds = link(s.sys, s.dev);
  const badMtu = w === "mtu" && bounds !== undefined && (n < bounds.minMtuBytes || n > bounds.maxMtuBytes);
  const attrs = w === "mtu" ? { mtuBytes: n } : w === "name" ? { name: value } : { txqlen: n };
  yield* s.failed(call, badMtu ? "EINVAL" : setLink(s.sys, s.dev, attrs));
  return null;
}

function* hardware(s: Setting): Task<number | null> {
  const kind = s.take();
  const value = s.take();
  if (kind !== "ether" || value === undefined) return yield* usage(s.io);
  const mac = parseMac(value);
  if (mac === null) {
    yield* s.io.err(`${value}: invalid ether address.\n`);
    return 1;
  }
  yield* s.failed("SIOCSIFHWADDR", setLink(s.sys, s.dev, { address: mac }));
  return null;
}

function* host(s: Setting, text: string, hint: boolean): Task<Ip4 | null> {
  const found = yield* parseHost(s.sys, text);
  if (typeof found !== "string") return found;
  yield* s.io.err(`${hostError(text, found)}${hint ? HINT : ""}`);
  return null;
}

function* addrValue(s: Setting, w: "netmask" | "broadcast" | "pointopoint" | "dstaddr"): Task<number | null> {
  const text = s.take();
  if (text === undefined) return w === "netmask" ? yield* usage(s.io) : null;
  const value = yield* host(s, text, false);
  if (value === null) return 1;
  const old = s.addr;
  const call = { netmask: "SIOCSIFNETMASK", broadcast: "SIOCSIFBRDADDR", pointopoint: "SIOCSIFDSTADDR", dstaddr: "SIOCSIFDSTADDR" }[w];
  const missing = link(s.sys, s.dev) === undefined ? "ENODEV" : "EADDRNOTAVAIL";
  yield* s.failed(call, old === undefined ? missing : changeOne(s, old, w, value));
  return null;
}

function changeOne(s: Setting, old: AddrRow, w: string, value: Ip4): Errno | undefined {
  const kept = { local: old.local, peer: old.peer, prefixLen: old.prefixLen, ...(old.broadcast === null ? {} : { broadcast: old.broadcast }) };
  if (w === "broadcast") return s.change({ ...kept, broadcast: value });
  if (w !== "netmask") return s.change({ ...kept, peer: value });
  const prefixLen = lengthOf(value);
  if (prefixLen === null) return "EINVAL";
  const automatic = old.broadcast === lastOf(old.local, old.prefixLen);
  return s.change({ ...kept, prefixLen, ...(automatic && prefixLen < 31 ? { broadcast: lastOf(old.local, prefixLen) } : {}) });
}

const lastOf = (addr: Ip4, prefixLen: number): Ip4 => ip4(addr | ~maskOf(prefixLen));

function lengthOf(mask: Ip4): number | null {
  for (let n = 0; n <= 32; n++) if (maskOf(n) === mask) return n;
  return null;
}

/** SIOCSIFADDR: with the mask of the address's class, then "up". 0.0.0.0 takes the address away. */
function* address(s: Setting, text: string): Task<number | null> {
  const [bare = "", length] = text.split("/", 2);
  const value = yield* host(s, bare, true);
  if (value === null) return 1;
  const prefixLen = length === undefined ? classLength(value) : Number(length);
  const error = value === 0 ? removal(s) : s.change({ local: value, prefixLen, ...(prefixLen < 31 ? { broadcast: lastOf(value, prefixLen) } : {}) });
  if (yield* s.failed("SIOCSIFADDR", error)) s.status = 255;
  yield* s.flags(IFF_UP, 0);
  return null;
}

function removal(s: Setting): Errno | undefined {
  if (link(s.sys, s.dev) === undefined) return "ENODEV";
  s.remove();
  return undefined;
}

/** inet_abc_len: classes A, B, C. */
const classLength = (addr: Ip4): number => (addr >>> 31 === 0 ? 8 : addr >>> 30 === 2 ? 16 : addr >>> 29 === 6 ? 24 : 32);
