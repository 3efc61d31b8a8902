import { errnoNumber, isErrno as isErrnoName } from "../net/uapi/errno.ts";
import type { SockOption, SockOptions } from "../net/uapi/socket.ts";
import type { Sys } from "../os/sys.ts";
import { inner, intArg, structFields } from "./packetdrill-args.ts";
import type { CallResult } from "./packetdrill-syscalls.ts";

/** How the integer of a script becomes an option's value, and back. */
interface Codec<K extends SockOption> {
  readonly parse: (text: string) => SockOptions[K] | null;
  readonly show: (value: SockOptions[K]) => string;
}

const flag = { parse: (t: string) => intArg(t) !== 0, show: (v: boolean) => (v ? "1" : "0") };
const plain = { parse: (t: string) => (Number.isNaN(intArg(t)) ? null : intArg(t)), show: (v: number) => String(v) };
const scaled = (ns: number) => ({ parse: (t: string) => intArg(t) * ns, show: (v: number) => String(Math.round(v / ns)) });
const word = { parse: (t: string) => inner(t), show: (v: string) => v };
const DISCOVER = { IP_PMTUDISC_DONT: "dont", IP_PMTUDISC_WANT: "want", IP_PMTUDISC_DO: "do", IP_PMTUDISC_PROBE: "probe" } as const;
const linger = {
  parse: (t: string) => {
    const fields = structFields(inner(t).startsWith("{") ? inner(t) : t);
    return Number(fields.get("onoff") ?? fields.get("l_onoff")) === 0 ? null : { seconds: Number(fields.get("linger") ?? fields.get("l_linger")) };
  },
  show: (v: { readonly seconds: number } | null) => (v === null ? "{onoff=0, linger=0}" : `{onoff=1, linger=${v.seconds}}`),
};

const CODECS: { readonly [K in SockOption]?: Codec<K> } = {
  SO_REUSEADDR: flag, SO_REUSEPORT: flag, SO_KEEPALIVE: flag, SO_BROADCAST: flag, SO_DONTROUTE: flag, TCP_NODELAY: flag, TCP_CORK: flag, TCP_QUICKACK: flag,
  IP_RECVERR: flag, IP_FREEBIND: flag, IP_TRANSPARENT: flag, SO_ACCEPTCONN: flag,
  SO_SNDBUF: plain, SO_RCVBUF: plain, SO_MARK: plain, SO_PRIORITY: plain, IP_TTL: plain, IP_TOS: plain, IP_MTU: plain, TCP_MAXSEG: plain, TCP_KEEPCNT: plain,
  TCP_SYNCNT: plain, TCP_WINDOW_CLAMP: plain, TCP_NOTSENT_LOWAT: plain,
  TCP_KEEPIDLE: scaled(1e9), TCP_KEEPINTVL: scaled(1e9), TCP_LINGER2: scaled(1e9), TCP_DEFER_ACCEPT: scaled(1e9), TCP_USER_TIMEOUT: scaled(1e6),
  TCP_CONGESTION: word, SO_BINDTODEVICE: word, SO_LINGER: linger,
  IP_MTU_DISCOVER: {
    parse: (t) => DISCOVER[inner(t) as keyof typeof DISCOVER] ?? null,
    show: (v) => Object.entries(DISCOVER).find(([, value]) => value === v)![0],
  },
  SO_ERROR: { parse: () => null, show: (v) => String(v === null ? 0 : errnoNumber(v)) },
};

const codecOf = <K extends SockOption>(option: K): Codec<K> | undefined => CODECS[option];
const isOption = (name: string): name is SockOption => name in CODECS;

/** setsockopt(2). */
export function setOption(sys: Sys, fd: number, name: string, value: string): CallResult {
  if (!isOption(name)) return { unsupported: `setsockopt ${name}` };
  return setKnown(sys, fd, name, value);
}

function setKnown<K extends SockOption>(sys: Sys, fd: number, option: K, text: string): CallResult {
  const value = codecOf(option)!.parse(text);
  if (value === null && option !== "SO_LINGER") return { unsupported: `setsockopt ${option} ${text}` };
  const errno = sys.setsockopt(fd, option, value as SockOptions[K]);
  return { value: errno ?? 0 };
}

/** getsockopt(2): the answer is compared with what the script expects. */
export function getOption(sys: Sys, fd: number, name: string, expected: string): CallResult {
  if (!isOption(name)) return { unsupported: `getsockopt ${name}` };
  return getKnown(sys, fd, name, expected);
}

function getKnown<K extends SockOption>(sys: Sys, fd: number, option: K, expected: string): CallResult {
  const value = sys.getsockopt(fd, option);
  if (isErrno(option, value)) return { value: String(value) };
  const shown = codecOf(option)!.show(value as SockOptions[K]);
  const want = inner(expected);
  const fits = want === "..." || want === shown || Number(want) === Number(shown) || (option === "SO_ERROR" && isErrnoName(want) && String(errnoNumber(want)) === shown);
  return fits ? { value: 0 } : { value: 0, wrong: `getsockopt ${option}: expected ${want}, actual ${shown}` };
}

/** SO_ERROR and words are texts themselves; other options answer a text only when they refuse. */
const isErrno = (option: SockOption, value: unknown): boolean =>
  typeof value === "string" && option !== "SO_ERROR" && option !== "TCP_CONGESTION" && option !== "SO_BINDTODEVICE" && option !== "IP_MTU_DISCOVER";
