import type { Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { CurlError } from "./codes.ts";
import type { Method, OperationConfig } from "./config.ts";
import type { Debug } from "./debug.ts";
import type { Messages } from "./messages.ts";
import { Progress } from "./progress.ts";
import type { Connection } from "./connection.ts";
import type { Session } from "./session.ts";
import type { CurlUrl } from "./url.ts";

/** Where what is received goes. False = it could not be written. */
export interface Sink {
  /** One header line with its end, also of interim answers and trailers. */
  header(line: string, statusOfAnswer: number): Task<boolean>;
  body(data: Uint8Array): Task<boolean>;
}

/** What is sent as the body. */
export interface Source {
  /** Bytes, when known before. */
  readonly size: number | undefined;
  /** At most so many; empty = the end, null = it cannot be read. */
  read(maxBytes: number): Task<Uint8Array | null>;
  /** Back to the beginning; false when that cannot be done. */
  rewind(): boolean;
}

/** What --write-out asks for afterwards. Times in µs from the start of the (last) request, added up over redirects. */
export interface Info {
  httpCode: number;
  connectCode: number;
  httpVersion: "" | "1" | "1.1";
  headerBytes: number;
  requestBytes: number;
  contentType: string | undefined;
  redirectUrl: string | undefined;
  effectiveUrl: string;
  effectiveMethod: string;
  scheme: string | undefined;
  remoteIp: string;
  remotePort: number;
  localIp: string;
  localPort: number;
  numConnects: number;
  redirects: number;
  retryAfterSec: number;
  osError: Errno | undefined;
  fileTimeSec: number;
  nameLookupUs: number;
  connectUs: number;
  preTransferUs: number;
  startTransferUs: number;
  redirectUs: number;
  downSize: number;
  upSize: number;
  /** Fields of the last answer, in order, for %header{} and %{header_json}. */
  fields: (readonly [name: string, value: string])[];
}

const newInfo = (url: string): Info => ({
  httpCode: 0, connectCode: 0, httpVersion: "", headerBytes: 0, requestBytes: 0, contentType: undefined, redirectUrl: undefined, effectiveUrl: url, effectiveMethod: "GET", scheme: undefined,
  remoteIp: "", remotePort: 0, localIp: "", localPort: 0, numConnects: 0, redirects: 0, retryAfterSec: 0, osError: undefined, fileTimeSec: -1,
  nameLookupUs: 0, connectUs: 0, preTransferUs: 0, startTransferUs: 0, redirectUs: 0, downSize: 0, upSize: 0, fields: [],
});

/** Timers that wake the loop, by what they are for. */
export type Expiry = "happy-eyeballs" | "max-time" | "connect-timeout" | "attempt" | "100-continue" | "too-fast" | "speed";

/** One transfer: what is asked, where it stands, what came of it. */
export class Easy {
  readonly sys: Sys;
  readonly session: Session;
  readonly config: OperationConfig;
  readonly debug: Debug;
  readonly messages: Messages;
  readonly sink: Sink;
  source: Source | undefined;
  readonly progress = new Progress();
  info: Info;
  /** The first thing that went wrong, in words; "" = the code's own words. */
  errorText = "";
  url: string;
  parsed: CurlUrl | undefined;
  /** What is sent now: a redirect may change it. */
  method: Method;
  /** The host of the first request: credentials are for it only. */
  firstHost: { readonly name: string; readonly port: number } | undefined;
  isFollow = false;
  referer: string | undefined;
  user: string | undefined;
  password: string | undefined;
  conn: Connection | undefined;
  startOpUs = 0;
  startSingleUs = 0;
  readonly expiries = new Map<Expiry, number>();
  resumeFrom: number;
  noExpect = false;
  sawHttp10 = false;
  deadRetries = 0;
  formBoundary = "";

  constructor(session: Session, config: OperationConfig, url: string, method: Method, sink: Sink) {
    this.session = session;
    this.sys = session.sys;
    this.debug = session.debug;
    this.messages = session.messages;
    this.config = config;
    this.sink = sink;
    this.url = url;
    this.method = method;
    this.referer = config.referer;
    this.resumeFrom = config.resumeFrom;
    this.info = newInfo(url);
  }

  get nowUs(): number {
    return Math.trunc(this.sys.nowNs / 1000);
  }

  /** infof(): for -v. */
  *tell(text: string): Task<void> {
    yield* this.debug.info(text);
  }

  /** failf(): the first text is what curl ends with. */
  *fail(code: CurlError, text: string): Task<CurlError> {
    if (this.errorText === "") this.errorText = text;
    yield* this.debug.info(text);
    return code;
  }

  /** The meter; called after every step. */
  *tick(): Task<void> {
    const text = this.progress.update(this.nowUs);
    if (text !== "") yield* this.messages.raw(text);
  }

  expire(what: Expiry, afterMs: number): void {
    this.expiries.set(what, this.nowUs + afterMs * 1000);
  }

  get sinceStartMs(): number {
    return Math.trunc((this.nowUs - this.startSingleUs) / 1000);
  }

  sinceStartUs(): number {
    return Math.max(1, this.nowUs - this.startSingleUs);
  }

  /** What is left of --max-time and, while connecting, --connect-timeout; undefined = no limit, negative = over. */
  timeLeftMs(connecting: boolean): number | undefined {
    const { maxTimeMs, connectTimeoutMs } = this.config;
    let left = maxTimeMs > 0 ? maxTimeMs - Math.trunc((this.nowUs - this.startOpUs) / 1000) : undefined;
    if (connecting) left = Math.min(left ?? Infinity, (connectTimeoutMs > 0 ? connectTimeoutMs : DEFAULT_CONNECT_MS) - this.sinceStartMs);
    return left === 0 ? -1 : left;
  }

  get timedOut(): boolean {
    return (this.timeLeftMs(false) ?? 1) < 0;
  }
}

/** DEFAULT_CONNECT_TIMEOUT. */
const DEFAULT_CONNECT_MS = 300_000;
