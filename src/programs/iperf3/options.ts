import { type Spec, parseOptions } from "../lib/options.ts";
import { WRONG } from "./errors.ts";
import { parseDecimal, parseInteger, parseRate, parseSize } from "./units.ts";
import { LONG_USAGE } from "./usage.ts";

/** What client and server agree on: the client sends it as JSON. Bytes, bits a second, seconds. */
export interface Settings {
  udp: boolean;
  durationSec: number;
  omitSec: number;
  bytes: number;
  blocks: number;
  /** 0 = as large as the control connection's segments (UDP). */
  blockBytes: number;
  /** 0 = unlimited. */
  rate: number;
  burst: number;
  parallel: number;
  reverse: boolean;
  mss: number;
  noDelay: boolean;
  /** SO_SNDBUF and SO_RCVBUF, 0 = left alone. */
  windowBytes: number;
  tos: number;
  congestion: string;
}

export interface Options {
  readonly role: "client" | "server";
  readonly host: string;
  readonly port: number;
  readonly bind: string;
  readonly clientPort: number;
  readonly intervalSec: number;
  readonly format: string;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly logfile: string;
  readonly oneOff: boolean;
  readonly daemon: boolean;
  readonly connectTimeoutMs: number;
  readonly settings: Settings;
}

export type Read = { readonly is: "ok"; readonly options: Options } | { readonly is: "say"; readonly out: string; readonly err: string; readonly status: number };

const SPEC: Spec = {
  takes: "p,port= f,format= i,interval= D,daemon 1,one-off V,verbose J,json v,version s,server c,client= u,udp b,bitrate= bandwidth= t,time= n,bytes= k,blockcount= l,length= "
    + "P,parallel= R,reverse w,window= B,bind= cport= M,set-mss= N,no-delay 4,version4 S,tos= O,omit= C,congestion= linux-congestion= logfile= forceflush connect-timeout= h",
  refuses: "I,pidfile= F,file= A,affinity= bind-dev= timestamps=? rcv-timeout= snd-timeout= d,debug=? server-bitrate-limit= idle-timeout= rsa-private-key-path= "
    + "authorized-users-path= time-skew-threshold= sctp X,xbind= nstreams= pacing-timer= fq-rate= no-fq-socket-pacing bidir 6,version6 dscp= L,flowlabel= Z,zerocopy "
    + "T,title= extra-data= get-server-output udp-counters-64bit repeating-payload dont-fragment username= rsa-public-key-path=",
  usage: "",
  hint: () => LONG_USAGE,
};

const say = (text: string, status: number): Read => ({ is: "say", out: status === 0 ? text : "", err: status === 0 ? "" : text, status });
const wrong = (text: string): Read => ({ is: "say", out: LONG_USAGE, err: `iperf3: parameter error - ${text}\n\n`, status: 1 });

const CLIENT_ONLY = ["u", "b", "bandwidth", "t", "n", "k", "l", "P", "R", "w", "cport", "M", "N", "S", "O", "C", "linux-congestion", "connect-timeout"];
const SERVER_ONLY = ["D", "1"];

export function readOptions(argv: readonly string[], version: string): Read {
  const o = parseOptions(SPEC, ["iperf3", ...argv]);
  if (o.is === "help" || (o.is === "ok" && o.has("h"))) return say(LONG_USAGE, 0);
  if (o.is === "bad") return say(o.text, 1);
  if (o.has("v")) return say(version, 0);
  if (o.operands.length > 0) return say(LONG_USAGE, 1);
  const client = o.value("c");
  if (o.has("s") && client !== undefined) return wrong(WRONG.both);
  if (!o.has("s") && client === undefined) return wrong(WRONG.noRole);
  if (o.has("s") && o.has(...CLIENT_ONLY)) return wrong(WRONG.clientOnly);
  if (client !== undefined && o.has(...SERVER_ONLY)) return wrong(WRONG.serverOnly);
  const settings = settingsOf((key) => o.value(key), (key) => o.has(key));
  const options: Options = {
    role: o.has("s") ? "server" : "client", host: client ?? "", port: parseInteger(o.value("p") ?? "5201"), bind: o.value("B") ?? "",
    clientPort: parseInteger(o.value("cport") ?? "0"), intervalSec: parseDecimal(o.value("i") ?? "1"), format: o.value("f") ?? "a",
    verbose: o.has("V"), json: o.has("J"), logfile: o.value("logfile") ?? "", oneOff: o.has("1"), daemon: o.has("D"),
    connectTimeoutMs: parseInteger(o.value("connect-timeout") ?? "0"), settings,
  };
  const objection = objectionTo(options, o.has("t"));
  return objection === null ? { is: "ok", options } : wrong(objection);
}

const MAX_BLOCK = 1048576;
const DEFAULT_TCP_BLOCK = 131072;

function settingsOf(value: (key: string) => string | undefined, has: (key: string) => boolean): Settings {
  const udp = has("u");
  const rate = value("b") ?? value("bandwidth");
  const [bits = "", burst = "0"] = (rate ?? "").split("/");
  const bytes = parseSize(value("n") ?? "0");
  const blocks = parseSize(value("k") ?? "0");
  const blockBytes = parseSize(value("l") ?? "0");
  return {
    udp, durationSec: bytes > 0 || blocks > 0 ? 0 : parseInteger(value("t") ?? "10"), omitSec: parseInteger(value("O") ?? "0"), bytes, blocks,
    blockBytes: blockBytes !== 0 || udp ? blockBytes : DEFAULT_TCP_BLOCK, rate: rate === undefined ? (udp ? 1024 * 1024 : 0) : parseRate(bits), burst: parseInteger(burst),
    parallel: parseInteger(value("P") ?? "1"), reverse: has("R"), mss: parseInteger(value("M") ?? "0"), noDelay: has("N"), windowBytes: parseSize(value("w") ?? "0"),
    tos: Number(value("S") ?? 0), congestion: value("C") ?? value("linux-congestion") ?? "",
  };
}

/** The checks of iperf_parse_arguments, in its order. */
function objectionTo(o: Options, timeGiven: boolean): string | null {
  const s = o.settings;
  if (o.port < 1 || o.port > 65535) return WRONG.port;
  if (!/^[kmgtKMGTa]$/.test(o.format)) return WRONG.format;
  if (o.intervalSec !== 0 && (o.intervalSec < 0.1 || o.intervalSec > 60)) return WRONG.interval;
  if (s.burst > 1000 || s.burst < 0) return WRONG.burst;
  if (s.durationSec > 86400) return WRONG.duration;
  if (s.parallel > 128) return WRONG.streams;
  if (s.windowBytes > 536870912) return WRONG.bufferSize;
  if (s.mss > 9216) return WRONG.mss;
  if (!(s.tos >= 0 && s.tos <= 255)) return WRONG.tos;
  if (s.omitSec < 0 || s.omitSec > 600) return WRONG.omit;
  if (o.clientPort !== 0 && o.bind === "") return WRONG.cport;
  if (s.udp ? s.blockBytes > 65507 || (s.blockBytes !== 0 && s.blockBytes < 16) : s.blockBytes > MAX_BLOCK || s.blockBytes <= 0) return s.udp ? WRONG.udpBlockSize : WRONG.blockSize;
  return Number(timeGiven) + Number(s.bytes > 0) + Number(s.blocks > 0) > 1 ? WRONG.end : null;
}
