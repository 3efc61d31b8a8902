import { fromLatin1, latin1 } from "./bytes.ts";
import { Headers } from "./headers.ts";
import { LineReader, withoutEol } from "./lines.ts";

/**
 * Heads of HTTP/1 messages (RFC 9112): parsed as the bytes come, and written. All text is one
 * character a byte (see bytes.ts). Nothing here throws for what a peer may send.
 */

/** `minor` 9 with `major` 0 is a request without a version (HTTP/0.9). */
export interface HttpVersion {
  readonly major: number;
  readonly minor: number;
}

export interface RequestHead {
  readonly kind: "request";
  readonly method: string;
  /** As sent: origin form, absolute form, `*` or authority form. */
  readonly target: string;
  readonly version: HttpVersion;
  readonly headers: Headers;
}

export interface ResponseHead {
  readonly kind: "response";
  readonly version: HttpVersion;
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  readonly headers: Headers;
}

export type Head = RequestHead | ResponseHead;

/** What is wrong with a head; a server answers 400, 505, 414, 400, 431, 431. */
export type HeadError = "bad-start-line" | "unsupported-version" | "start-line-too-long" | "bad-field" | "field-too-long" | "head-too-large";

export interface HeadLimits {
  /** Start line with its end. */
  readonly startLineBytes: number;
  /** One field line with its end. */
  readonly fieldBytes: number;
  /** The whole head. */
  readonly headBytes: number;
  readonly fields: number;
}

export const DEFAULT_LIMITS: HeadLimits = { startLineBytes: 65_536, fieldBytes: 65_536, headBytes: 307_200, fields: 1000 };

/**
 * "strict" refuses what RFC 9112 lets a server refuse: names that are no tokens, space before the colon,
 * folded lines, more than one space in the request line. "tolerant" takes what browsers and curl take: folded lines are joined,
 * a line without a colon is dropped.
 */
export type HeadMode = "strict" | "tolerant";

export interface HeadReaderOptions {
  readonly mode?: HeadMode;
  readonly limits?: Partial<HeadLimits>;
}

export type HeadProgress<H extends Head> =
  | { readonly is: "more" }
  | { readonly is: "done"; readonly head: H; /** Bytes of this push that belong to the head; the body begins there. */ readonly used: number }
  | { readonly is: "bad"; readonly error: HeadError; /** The line that was wrong, without its end; "" when it was too long. */ readonly line: string };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `GET /path HTTP/1.1` → its parts, or what is wrong with it. */
export function parseRequestLine(line: string, mode: HeadMode): Omit<RequestHead, "headers"> | HeadError {
  const words = mode === "strict" ? line.split(" ") : line.trim().split(/[ \t]+/);
  const [method = "", target = "", version] = words;
  if (!TOKEN.test(method) || target === "" || words.length > 3) return "bad-start-line";
  if (version === undefined) return { kind: "request", method, target, version: { major: 0, minor: 9 } };
  const numbers = /^HTTP\/(\d+)\.(\d+)$/.exec(version);
  if (numbers === null) return "bad-start-line";
  const parsed = { major: Number(numbers[1]), minor: Number(numbers[2]) };
  return parsed.major === 1 ? { kind: "request", method, target, version: parsed } : "unsupported-version";
}

/** `HTTP/1.1 200 OK` → its parts; the reason may be missing. */
export function parseStatusLine(line: string): Omit<ResponseHead, "headers"> | HeadError {
  const found = /^HTTP\/(\d)\.(\d) +(\d{3})(?: (.*))?$/.exec(line);
  if (found === null) return "bad-start-line";
  const [, major, minor, status, reason = ""] = found;
  return { kind: "response", version: { major: Number(major), minor: Number(minor) }, status: Number(status), reason };
}

/** `Name: value` with the white space around the value gone; null = no field line. */
export function parseField(line: string, mode: HeadMode): readonly [name: string, value: string] | null {
  const colon = line.indexOf(":");
  if (colon <= 0) return null;
  const name = mode === "strict" ? line.slice(0, colon) : line.slice(0, colon).trimEnd();
  if (mode === "strict" && !TOKEN.test(name)) return null;
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  return mode === "strict" && /[\0\r]/.test(value) ? null : [name, value];
}

/** Reads one head from a stream. The result does not depend on how the stream was split. */
export class HeadReader<H extends Head> {
  readonly #mode: HeadMode;
  readonly #limits: HeadLimits;
  readonly #parseStart: (line: string) => Omit<H, "headers"> | HeadError;
  readonly #fields: [string, string][] = [];
  readonly #lines = new LineReader();
  #start: Omit<H, "headers"> | null = null;
  #bytes = 0;
  #ended: HeadProgress<H> | null = null;

  constructor(parseStart: (line: string) => Omit<H, "headers"> | HeadError, options: HeadReaderOptions) {
    this.#mode = options.mode ?? "strict";
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#parseStart = parseStart;
  }

  /** Bytes of the head so far: 0 = the peer has not begun (an idle connection). */
  get bytes(): number {
    return this.#bytes + this.#lines.heldBytes;
  }

  /** The start line, once it is read: a server may want to name the request it refuses. */
  get startLine(): Omit<H, "headers"> | null {
    return this.#start;
  }

  /** Takes bytes from `at` on. After "done" or "bad" it gives the same answer again. */
  push(bytes: Uint8Array, at = 0): HeadProgress<H> {
    for (let from = at; this.#ended === null; ) {
      const [limit, error] = this.#lineLimit();
      const taken = this.#lines.take(bytes, from, limit);
      if (taken.is === "too-long") return this.#fail(error, "");
      if (taken.is === "more") return taken;
      from = taken.next;
      this.#bytes += taken.bytes.length;
      if (this.#line(withoutEol(fromLatin1(taken.bytes)))) this.#ended ??= { is: "done", head: this.#head(), used: from };
    }
    return this.#ended;
  }

  /** How long this line may be, and what it is when it is longer. */
  #lineLimit(): readonly [bytes: number, error: HeadError] {
    const left = this.#limits.headBytes - this.#bytes;
    const [own, error] = this.#start === null ? [this.#limits.startLineBytes, "start-line-too-long"] as const : [this.#limits.fieldBytes, "field-too-long"] as const;
    return left < own ? [left, "head-too-large"] : [own, error];
  }

  #fail(error: HeadError, line: string): HeadProgress<H> {
    this.#ended = { is: "bad", error, line };
    return this.#ended;
  }

  /** True when the head has ended with this line. */
  #line(line: string): boolean {
    if (this.#start === null) return this.#startLine(line);
    if (line === "") return true;
    if (/^[ \t]/.test(line) && this.#mode === "tolerant") this.#fold(line);
    else this.#field(line);
    return false;
  }

  #startLine(line: string): boolean {
    // RFC 9112 §2.2: empty lines before the start line are skipped.
    if (line === "") return false;
    const start = this.#parseStart(line);
    if (typeof start === "string") {
      this.#fail(start, line);
      return false;
    }
    this.#start = start;
    return "version" in start && (start.version as HttpVersion).major === 0;
  }

  #fold(line: string): void {
    const last = this.#fields.at(-1);
    if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim();
  }

  #field(line: string): void {
    const field = parseField(line, this.#mode);
    if (field !== null) this.#fields.push([...field]);
    else if (this.#mode === "strict") this.#fail("bad-field", line);
    if (this.#fields.length > this.#limits.fields) this.#fail("head-too-large", line);
  }

  #head(): H {
    return { ...this.#start, headers: new Headers(this.#fields) } as H;
  }
}

/** Reader for a server. */
export const requestReader = (options: HeadReaderOptions = {}): HeadReader<RequestHead> =>
  new HeadReader<RequestHead>((line) => parseRequestLine(line, options.mode ?? "strict"), options);

/** Reader for a client. */
export const responseReader = (options: HeadReaderOptions = {}): HeadReader<ResponseHead> => new HeadReader<ResponseHead>(parseStatusLine, options);

const versionText = (v: HttpVersion): string => `HTTP/${v.major}.${v.minor}`;

/** A head as it goes on the wire, blank line included. */
export function headText(head: Head): string {
  const start = head.kind === "request" ? `${head.method} ${head.target}${head.version.major === 0 ? "" : ` ${versionText(head.version)}`}` : `${versionText(head.version)} ${head.status} ${head.reason}`;
  return head.version.major === 0 ? `${start}\r\n` : `${start}\r\n${head.headers.text()}\r\n`;
}

export const headBytes = (head: Head): Uint8Array => latin1(headText(head));

/** Both sides want the connection to live on after this message (RFC 9112 §9.3), as far as its fields say. */
export function wantsKeepAlive(head: Head): boolean {
  const options = head.headers.tokens("Connection");
  if (options.includes("close")) return false;
  const { major, minor } = head.version;
  return (major === 1 && minor >= 1) || options.includes("keep-alive");
}
