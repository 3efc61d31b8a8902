import { fromLatin1, latin1 } from "../../http/bytes.ts";
import { concatBytes } from "../../http/bytes.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import { STDERR, type Sys } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { utf8 } from "../../wire/text.ts";
import { formatDate } from "../lib/date.ts";
import { waitFor, type Co } from "../lib/event-loop.ts";
import { errorBody, RESPONSES } from "./status.ts";
import { escapeHtml, logSafe, pyRepr } from "./text.ts";

/** http.server.BaseHTTPRequestHandler of Python 3.11: one connection. Strings have one character a byte. */

/** What answers a method; names are methods (`GET`). */
export type Methods = ReadonlyMap<string, (h: Handler) => Co<void>>;

export interface HandlerOptions {
  /** `SimpleHTTP/0.6` */
  readonly server: string;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly protocol: string;
  readonly methods: Methods;
}

const LONGEST_LINE = 65_536;
const MOST_HEADERS = 100;
const READ_BYTES = 8192;
/** What the interpreter needs to understand a request and make an answer. */
const REQUEST_NS = 700_000;
const WRITE_NS = 180_000;

export class Handler {
  readonly sys: Sys;
  readonly options: HandlerOptions;
  readonly #fd: number;
  readonly #client: InetAddr;
  #buffer: Uint8Array = new Uint8Array(0);
  #ended = false;
  #closeConnection = true;
  #requestLine = "";
  #version = "HTTP/0.9";
  command: string | undefined;
  path = "";
  headers: [name: string, value: string][] = [];
  #headersOut = "";

  constructor(sys: Sys, fd: number, client: InetAddr, options: HandlerOptions) {
    this.sys = sys;
    this.#fd = fd;
    this.#client = client;
    this.options = options;
  }

  /** handle(): requests until one of the sides wants no more. */
  *handle(): Co<void> {
    do {
      this.#closeConnection = true;
      yield* this.#oneRequest();
    } while (!this.#closeConnection);
  }

  /** First value of a header of the request. */
  header(name: string): string | undefined {
    return this.headers.find(([n]) => n.toLowerCase() === name.toLowerCase())?.[1];
  }

  *#oneRequest(): Co<void> {
    const line = yield* this.#readLine();
    if (line === null || line === "") return;
    if (line.length > LONGEST_LINE) {
      this.#requestLine = "";
      this.#version = "";
      this.command = "";
      return yield* this.sendError(414);
    }
    yield* this.sys.compute(REQUEST_NS);
    if (!(yield* this.#parse(line))) return;
    const method = this.options.methods.get(this.command ?? "");
    if (method === undefined) return yield* this.sendError(501, `Unsupported method (${pyRepr(this.command ?? "")})`);
    yield* method(this);
  }

  /** A line with its end; "" at the end of the stream, null when it broke. At most 65537 bytes. */
  *#readLine(): Co<string | null> {
    for (;;) {
      const lf = this.#buffer.indexOf(10);
      const length = lf >= 0 ? lf + 1 : this.#ended ? this.#buffer.length : this.#buffer.length > LONGEST_LINE ? LONGEST_LINE + 1 : -1;
      if (length >= 0) {
        const line = fromLatin1(this.#buffer, 0, length);
        this.#buffer = this.#buffer.subarray(length);
        return line;
      }
      const got = yield* this.sys.recvmsg(this.#fd, { maxBytes: READ_BYTES, dontWait: true });
      if (got === "EAGAIN") yield* waitFor([{ fd: this.#fd, in: true }], Infinity);
      else if (isErrno(got)) return null;
      else if (got.data.length === 0) this.#ended = true;
      else this.#buffer = concatBytes([this.#buffer, got.data]);
    }
  }

  /** parse_request(): false when it was answered with an error. */
  *#parse(raw: string): Co<boolean> {
    this.command = undefined;
    this.#version = "HTTP/0.9";
    this.#requestLine = raw.replace(/[\r\n]+$/, "");
    const words = this.#requestLine.split(/[\s\x1c-\x1f\x85]+/).filter((w) => w !== "");
    if (words.length === 0) return false;
    if (words.length >= 3 && !(yield* this.#readVersion(words.at(-1) ?? ""))) return false;
    if (words.length < 2 || words.length > 3) return yield* this.#refuse(400, `Bad request syntax (${pyRepr(this.#requestLine)})`);
    const [command = "", path = ""] = words;
    if (words.length === 2) {
      this.#closeConnection = true;
      if (command !== "GET") return yield* this.#refuse(400, `Bad HTTP/0.9 request type (${pyRepr(command)})`);
    }
    this.command = command;
    this.path = path.replace(/^\/\/+/, "/");
    return yield* this.#readHeaders();
  }

  *#refuse(code: number, message: string): Co<false> {
    yield* this.sendError(code, message);
    return false;
  }

  *#readVersion(version: string): Co<boolean> {
    const m = /^HTTP\/\+?(\d+)\.\+?(\d+)$/.exec(version);
    if (m === null) return yield* this.#refuse(400, `Bad request version (${pyRepr(version)})`);
    const [major, minor] = [Number(m[1]), Number(m[2])];
    if ((major > 1 || (major === 1 && minor >= 1)) && this.options.protocol >= "HTTP/1.1") this.#closeConnection = false;
    if (major >= 2) return yield* this.#refuse(505, `Invalid HTTP version (${version.slice(5)})`);
    this.#version = version;
    return true;
  }

  *#readHeaders(): Co<boolean> {
    this.headers = [];
    for (let n = 0; ; n++) {
      const line = yield* this.#readLine();
      if (line === null || line === "" || line === "\r\n" || line === "\n") break;
      if (line.length > LONGEST_LINE) return yield* this.#tooMany("Line too long", "got more than 65536 bytes when reading header line");
      if (n >= MOST_HEADERS) return yield* this.#tooMany("Too many headers", `got more than ${MOST_HEADERS} headers`);
      const m = /^([^:\s]+)[ \t]*:[ \t]*(.*?)[\r\n]*$/s.exec(line);
      if (m !== null) this.headers.push([m[1] ?? "", m[2] ?? ""]);
    }
    return yield* this.#connectionHeaders();
  }

  *#tooMany(message: string, explain: string): Co<false> {
    yield* this.sendError(431, message, explain);
    return false;
  }

  *#connectionHeaders(): Co<boolean> {
    const connection = (this.header("Connection") ?? "").toLowerCase();
    const modern = this.options.protocol >= "HTTP/1.1";
    if (connection === "close") this.#closeConnection = true;
    else if (connection === "keep-alive" && modern) this.#closeConnection = false;
    if ((this.header("Expect") ?? "").toLowerCase() === "100-continue" && modern && this.#version >= "HTTP/1.1") {
      this.#responseOnly(100, undefined);
      yield* this.endHeaders();
    }
    return true;
  }

  // — answering —

  *sendError(code: number, message?: string, explain?: string): Co<void> {
    const [phrase, description] = RESPONSES[code] ?? ["???", "???"];
    const text = message ?? phrase;
    yield* this.#log(`code ${code}, message ${text}`);
    yield* this.sendResponse(code, text);
    this.sendHeader("Connection", "close");
    const body = utf8(errorBody(code, escapeHtml(text), escapeHtml(explain ?? description)));
    this.sendHeader("Content-Type", "text/html;charset=utf-8");
    this.sendHeader("Content-Length", String(body.length));
    yield* this.endHeaders();
    if (this.command !== "HEAD") yield* this.write(body);
  }

  *sendResponse(code: number, message?: string): Co<void> {
    yield* this.#log(`"${this.#requestLine}" ${code} -`);
    this.#responseOnly(code, message);
    this.sendHeader("Server", `${this.options.server} Python/3.11.2`);
    this.sendHeader("Date", httpDate(this.sys.wallTime().sec));
  }

  #responseOnly(code: number, message: string | undefined): void {
    if (this.#version !== "HTTP/0.9") this.#headersOut += `${this.options.protocol} ${code} ${message ?? RESPONSES[code]?.[0] ?? ""}\r\n`;
  }

  sendHeader(name: string, value: string): void {
    if (this.#version !== "HTTP/0.9") this.#headersOut += `${name}: ${value}\r\n`;
    if (name.toLowerCase() === "connection" && value === "close") this.#closeConnection = true;
  }

  *endHeaders(): Co<void> {
    if (this.#version === "HTTP/0.9") return;
    const all = latin1(`${this.#headersOut}\r\n`);
    this.#headersOut = "";
    yield* this.write(all);
  }

  /** sendall(). A client that has gone ends the connection. */
  *write(data: Uint8Array): Co<boolean> {
    yield* this.sys.compute(WRITE_NS);
    for (let at = 0; at < data.length; ) {
      const sent = yield* this.sys.sendmsg(this.#fd, { data: data.subarray(at), dontWait: true, noSignal: true });
      if (sent === "EAGAIN") yield* waitFor([{ fd: this.#fd, out: true }], Infinity);
      else if (isErrno(sent)) {
        this.#closeConnection = true;
        return false;
      } else at += sent;
    }
    return true;
  }

  *#log(text: string): Co<void> {
    const at = formatDate("%d/%b/%Y %H:%M:%S", this.sys.wallTime());
    yield* this.sys.write(STDERR, utf8(`${formatIp4(this.#client.addr)} - - [${at}] ${logSafe(text)}\n`));
  }
}

export const httpDate = (sec: number): string => formatDate("%a, %d %b %Y %H:%M:%S GMT", { sec, nsec: 0 });
