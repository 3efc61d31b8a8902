import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { parseHttpDate } from "../curl/cookies.ts";
import { portOf, urlText, type CurlUrl } from "../curl/url.ts";
import { fromByteString } from "../lib/bytes.ts";
import { readBody } from "./body.ts";
import type { Conn, ConnectFailure, Network } from "./connection.ts";
import { dispositionName, exists, fileNameOf, uniqueName } from "./files.ts";
import { escaped, type Log } from "./log.ts";
import type { WgetOptions } from "./options.ts";
import { openOutput, type OutputStream } from "./output.ts";
import { humanReadable } from "./rates.ts";
import { buildRequest } from "./request.ts";

/** How one attempt ended, in the words of wget's own source. */
export type Outcome =
  | ConnectFailure | "HERR" | "HEOF" | "WRITEFAILED" | "RANGEERR" | "GATEWAYTIMEOUT" | "FOPENERR" | "FWRITEERR" | "FILEBADFILE" | "AUTHFAILED" | "NEWLOCATION" | "NEWLOCATION_KEEP_POST" | "RETRUNNEEDED" | "RETRFINISHED" | "NOTSIMULATED";

/** What is known of the document over all attempts (struct http_stat). */
export interface Document {
  /** Bytes there are now; -1 of `contentLength` = unknown. */
  length: number;
  contentLength: number;
  /** Where this attempt began. */
  restartAt: number;
  /** 0 = read to its end, -1 = a read error. */
  result: number;
  readError: string;
  readBytes: number;
  seconds: number;
  status: number;
  message: string;
  newLocation: string | undefined;
  remoteTimeSec: number | undefined;
  localFile: string | undefined;
  existenceChecked: boolean;
  error: string;
  ok: boolean;
  html: boolean;
}

export const newDocument = (): Document => ({
  length: 0, contentLength: -1, restartAt: 0, result: -1, readError: "", readBytes: 0, seconds: 0, status: 0, message: "", newLocation: undefined, remoteTimeSec: undefined, localFile: undefined, existenceChecked: false,
  error: "", ok: false, html: false,
});

/** What an attempt works with. */
export interface Attempt {
  readonly log: Log;
  readonly network: Network;
  readonly options: WgetOptions;
  readonly output: OutputStream | undefined;
  readonly url: CurlUrl;
  readonly original: CurlUrl;
  readonly proxy: CurlUrl | undefined;
  readonly document: Document;
  readonly headOnly: boolean;
  readonly noCache: boolean;
  readonly count: number;
  readonly referer: string | undefined;
  /** Method and body are left out after a redirect. */
  readonly withoutBody: boolean;
  /** Hosts that asked for Basic credentials. */
  readonly askedHosts: Set<string>;
}

/** The head of an answer. */
class Answer {
  status = -1;
  message = "";
  readonly lines: string[];

  constructor(lines: string[]) {
    this.lines = lines;
    const found = /^HTTP(?:\/\d*\.?\d*)?\s*(\d{3})\s*(.*?)\s*$/.exec(lines[0] ?? "");
    if (found !== null) [this.status, this.message] = [Number(found[1]), found[2]!];
  }

  all(name: string): string[] {
    const wanted = `${name.toLowerCase()}:`;
    return this.lines.slice(1).filter((l) => l.toLowerCase().startsWith(wanted)).map((l) => l.slice(wanted.length).trim());
  }

  get(name: string): string | undefined {
    return this.all(name)[0];
  }
}

const MAX_SKIPPED_BYTES = 4096;

/** One request and its answer (gethttp() of http.c). */
export class Exchange {
  readonly #a: Attempt;
  #conn: Conn | undefined;
  #keepAlive = false;
  #chunked = false;

  constructor(attempt: Attempt) {
    this.#a = attempt;
  }

  *run(authorized = false): Task<Outcome> {
    const { document, options, log, network, url, proxy } = this.#a;
    Object.assign(document, { length: 0, contentLength: -1, result: -1, readError: "", newLocation: undefined, remoteTimeSec: undefined, ok: false });
    const request = buildRequest(this.#a, authorized);
    if ("complaint" in request) {
      yield* log.put("not-quiet", request.complaint);
      return "FILEBADFILE";
    }
    const [host, port] = proxy === undefined ? [url.host, portOf(url)] : [proxy.host, portOf(proxy)];
    const conn = (options.keepAlive && !options.ignoreLength ? yield* network.reuse(host, port) : undefined) ?? (yield* network.connect(host, port));
    if (typeof conn === "string") return conn;
    this.#conn = conn;
    // The body goes in a write of its own.
    for (const part of [request.head, request.body]) {
      const sent = part === "" ? 0 : yield* log.sys.sendmsg(conn.fd, { data: fromByteString(part), noSignal: true });
      if (isErrno(sent)) return this.#drop("WRITEFAILED");
    }
    yield* log.put("verbose", `${proxy === undefined ? "HTTP" : "Proxy"} request sent, awaiting response... `);
    const answer = yield* this.#readFinalHead(conn);
    return answer instanceof Answer ? yield* this.#judge(conn, answer, authorized) : answer;
  }

  #drop(outcome: Outcome): Outcome {
    if (this.#conn !== undefined) this.#a.network.drop(this.#conn);
    return outcome;
  }

  /** Ready for the next request, or closed. */
  #finish(outcome: Outcome): Outcome {
    if (!this.#keepAlive) return this.#drop(outcome);
    return outcome;
  }

  /** Interim answers are passed over. */
  *#readFinalHead(conn: Conn): Task<Answer | Outcome> {
    const { log } = this.#a;
    for (;;) {
      const lines = yield* this.#readHead(conn);
      if (lines === null) {
        yield* log.put("not-quiet", "No data received.\n");
        return this.#drop("HEOF");
      }
      if (typeof lines === "string") {
        yield* log.put("not-quiet", `Read error (${strerror(lines)}) in headers.\n`);
        return this.#drop("HERR");
      }
      const answer = new Answer(lines);
      if (lines.length === 0) [answer.status, answer.message] = [200, "No headers, assuming HTTP/0.9"];
      if (answer.status < 0) {
        yield* log.put("verbose", "-1\n");
        yield* log.put("not-quiet", `${log.now()} ERROR -1: Malformed status line.\n`);
        return this.#drop("HERR");
      }
      if (answer.status < 100 || answer.status > 199) return answer;
    }
  }

  /** Lines without their ends, folded ones joined; none = an answer without a head. */
  *#readHead(conn: Conn): Task<string[] | null | Errno> {
    const lines: string[] = [];
    for (;;) {
      const line = yield* this.#a.network.readLine(conn);
      if (line === null || isErrno(line)) return lines.length > 0 ? lines : line;
      if (lines.length === 0 && !line.startsWith("HTTP") && !"HTTP".startsWith(line.slice(0, 4))) {
        conn.held = concat(fromByteString(line), conn.held);
        return [];
      }
      const text = line.replace(/\r?\n$/, "");
      if (text === "") return lines;
      if (/^[ \t]/.test(text) && lines.length > 0) lines[lines.length - 1] += ` ${text}`;
      else lines.push(text);
    }
  }

  *#judge(conn: Conn, answer: Answer, authorized: boolean): Task<Outcome> {
    const { log, options, document } = this.#a;
    if (!options.serverResponse) yield* log.put("verbose", `${String(answer.status).padStart(2)} ${escaped(answer.message)}\n`);
    else {
      yield* log.put("verbose", "\n");
      for (const line of answer.lines) yield* log.put("always", `  ${escaped(line)}\n`);
    }
    let length = this.#contentLength(answer);
    this.#keepAlive = options.keepAlive && !options.ignoreLength && answer.get("Connection")?.toLowerCase() !== "close";
    this.#chunked = answer.get("Transfer-Encoding")?.toLowerCase() === "chunked";
    if (this.#keepAlive) this.#a.network.keep(conn);
    document.message = answer.message;
    if (answer.status === 401) return yield* this.#unauthorized(conn, answer, length, authorized);
    const named = this.#nameFile(answer);
    if (named !== undefined) return this.#drop(named);
    document.status = answer.status;
    document.error = answer.message === "" ? "(no description)" : answer.message;
    const type = answer.get("Content-Type")?.replace(/\s*;.*$/, "");
    document.html = type === undefined || /^(?:text\/html|application\/xhtml\+xml)/i.test(type);
    if (type !== undefined && !document.html) document.html = /^text\/css/i.test(type);
    document.newLocation = answer.get("Location");
    const modified = answer.get("Last-Modified");
    document.remoteTimeSec = modified === undefined ? undefined : (parseHttpDate(modified) ?? undefined);
    const range = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/i.exec(answer.get("Content-Range") ?? "");
    const rangeStart = range === null ? 0 : Number(range[1]);
    if (range !== null) length = Number(range[2]) - rangeStart + 1;
    if (answer.status >= 200 && answer.status < 300) document.ok = true;
    if (answer.status === 204) {
      Object.assign(document, { length: 0, result: 0, restartAt: 0 });
      return this.#finish("RETRFINISHED");
    }
    if ([301, 302, 303, 307, 308].includes(answer.status) || (answer.status === 300 && document.newLocation !== undefined)) return yield* this.#redirected(conn, answer.status, length);
    if (answer.status === 300) document.ok = true;
    return yield* this.#body(conn, answer.status, length, rangeStart, type);
  }

  #contentLength(answer: Answer): number {
    const value = answer.get("Content-Length");
    if (this.#a.options.ignoreLength || value === undefined) return -1;
    const digits = /^[+-]?\d+/.exec(value);
    const n = digits === null ? 0 : Number(digits[0]);
    return n < 0 || n > Number.MAX_SAFE_INTEGER ? -1 : n;
  }

  /** Basic credentials are sent when they are asked for. */
  *#unauthorized(conn: Conn, answer: Answer, length: number, authorized: boolean): Task<Outcome> {
    const { log, options, url } = this.#a;
    yield* this.#skip(conn, length);
    const user = url.user ?? options.user;
    const offered = answer.all("WWW-Authenticate");
    if (authorized || user === undefined) return "AUTHFAILED";
    const basic = offered.find((o) => /^basic\b/i.test(o));
    if (basic === undefined) {
      if (offered.some((o) => /^(?:digest|ntlm)\b/i.test(o))) {
        yield* log.put("not-quiet", "wget: Digest and NTLM authentication: not simulated here\n");
        return "NOTSIMULATED";
      }
      yield* log.put("not-quiet", "Unknown authentication scheme.\n");
      return "AUTHFAILED";
    }
    yield* log.put("not-quiet", `Authentication selected: ${escaped(basic)}\n`);
    this.#a.askedHosts.add(url.host);
    return yield* new Exchange(this.#a).run(true);
  }

  /** Chooses the file's name when it is not known, and one that is free. */
  #nameFile(answer: Answer): Outcome | undefined {
    const { document, options, log, url, original } = this.#a;
    if (document.localFile === undefined) {
      const given = options.contentDisposition ? dispositionName(answer.get("Content-Disposition") ?? "") : undefined;
      document.localFile = fileNameOf(options.trustServerNames ? url : original, options.prefix, given);
    }
    if (options.deleteAfter && !document.localFile.endsWith(".tmp")) document.localFile += ".tmp";
    if (!document.existenceChecked && exists(log.sys, document.localFile)) {
      if (options.noClobber && options.outputDocument === undefined) return "RETRUNNEEDED";
      const mayOverwrite = options.continueFrom || options.outputDocument !== undefined || options.spider;
      if (!mayOverwrite) document.localFile = uniqueName(log.sys, document.localFile);
    }
    document.existenceChecked = true;
    return undefined;
  }

  *#redirected(conn: Conn, status: number, length: number): Task<Outcome> {
    const { log, document, options } = this.#a;
    const to = document.newLocation;
    yield* log.put("verbose", `Location: ${to === undefined ? "unspecified" : escaped(to)}${to === undefined ? "" : " [following]"}\n`);
    Object.assign(document, { length: 0, result: 0, restartAt: 0 });
    yield* this.#skip(conn, length);
    if (status === 307 || status === 308) return "NEWLOCATION_KEEP_POST";
    const other = options.method !== undefined && options.method !== "POST";
    return other && (status === 301 || status === 302) ? "NEWLOCATION_KEEP_POST" : "NEWLOCATION";
  }

  /** A short body is read so that the connection can be used again; else it is closed. */
  *#skip(conn: Conn, length: number): Task<void> {
    const { headOnly, network } = this.#a;
    const short = length >= 0 ? length <= MAX_SKIPPED_BYTES : this.#chunked;
    if (headOnly && this.#keepAlive) return;
    if (!this.#keepAlive || !short || !(yield* readBody({ network, conn, length, chunked: this.#chunked, write: undefined, gauge: undefined, limitRate: 0 })).complete) network.drop(conn);
  }

  *#body(conn: Conn, status: number, length: number, rangeStart: number, type: string | undefined): Task<Outcome> {
    const { document, options, log, headOnly } = this.#a;
    const all = status === 200 && document.restartAt > 0 && rangeStart === 0 && length >= 0 && document.restartAt >= length;
    if (status === 416 || all) {
      yield* log.put("verbose", "\n    The file is already fully retrieved; nothing to do.\n\n");
      document.length = length;
      document.result = 0;
      document.ok = true;
      yield* this.#skip(conn, length);
      return "RETRUNNEEDED";
    }
    if ((rangeStart !== 0 && rangeStart !== document.restartAt) || (status === 206 && rangeStart === 0 && document.restartAt > 0)) return this.#drop("RANGEERR");
    document.contentLength = length === -1 ? -1 : length + rangeStart;
    if (document.ok) yield* log.put("verbose", this.#lengthLine(length, rangeStart, type));
    if ((!document.ok && !options.contentOnError) || headOnly || options.spider) {
      Object.assign(document, { length: 0, result: 0, restartAt: 0 });
      if (headOnly) this.#finish("RETRFINISHED");
      else if (options.spider) this.#drop("RETRFINISHED");
      else yield* this.#skip(conn, length);
      return status === 504 ? "GATEWAYTIMEOUT" : "RETRFINISHED";
    }
    return yield* this.#download(conn, length, rangeStart);
  }

  #lengthLine(length: number, rangeStart: number, type: string | undefined): string {
    const total = length + rangeStart;
    const kilo = (n: number): string => (n >= 1024 ? ` (${humanReadable(n, 10, 1)})` : "");
    const known = `${total}${kilo(total)}${rangeStart > 0 ? `, ${length}${kilo(length)} remaining` : ""}`;
    const size = length !== -1 ? known : this.#a.options.ignoreLength ? "ignored" : "unspecified";
    return `Length: ${size}${type === undefined ? "" : ` [${escaped(type)}]`}\n`;
  }

  *#download(conn: Conn, length: number, rangeStart: number): Task<Outcome> {
    const { document } = this.#a;
    const stream = yield* openOutput(this.#a);
    if (typeof stream === "string") return this.#drop(stream);
    const skip = document.restartAt > 0 && rangeStart === 0 ? document.restartAt : 0;
    document.length = document.restartAt;
    const gauge = yield* stream.gauge(length, skip);
    const got = yield* readBody({ network: this.#a.network, conn, length, chunked: this.#chunked, gauge, limitRate: this.#a.options.limitRate, write: (data) => stream.write(data), skip });
    document.readBytes = got.bytes;
    document.length += Math.max(0, got.bytes - skip);
    document.seconds = got.seconds;
    document.result = got.complete || got.error === undefined ? 0 : -1;
    if (got.error !== undefined && got.error !== "EIO") document.readError = strerror(got.error);
    yield* stream.end();
    if (got.writeFailed) return this.#drop("FWRITEERR");
    return document.result === 0 ? this.#finish("RETRFINISHED") : this.#drop("RETRFINISHED");
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** A URL as messages show it: no password. */
export const shownUrl = (url: CurlUrl): string => urlText({ ...url, password: url.password === undefined ? undefined : "*password*", fragment: undefined, port: portOf(url) === 80 ? null : url.port }).replace("%2Apassword%2A", "*password*");
