import { latin1 } from "../../../http/bytes.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import { asText } from "../../lib/bytes.ts";
import type { Co } from "../../lib/event-loop.ts";
import type { Context } from "./context.ts";
import { parseHttpDate } from "../../lib/http-date.ts";
import type { Outcome, Request } from "./request.ts";
import { responseFailed, sendBody } from "./respond.ts";

/** Byte ranges (ngx_http_range_filter) and sending of files. */

export interface Range {
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/** Pieces to send: bytes of the file between texts. */
export interface SendPlan {
  readonly pieces: readonly (Range | string)[];
}

/** Reads `bytes=0-99,200-,-5`. null = not to be obeyed; "bad" = none can be satisfied. */
export function parseRanges(text: string, size: number, most: number): readonly Range[] | null | "bad" {
  if (!/^bytes=./is.test(text)) return null;
  const ranges: Range[] = [];
  for (const part of text.slice(6).split(",")) {
    const m = /^ *(\d*) *- *(\d*) *$/.exec(part);
    if (m === null || (m[1] === "" && m[2] === "")) return "bad";
    const suffix = m[1] === "";
    const start = suffix ? Math.max(0, size - Number(m[2])) : Number(m[1]);
    const end = suffix || m[2] === "" ? size : Math.min(size, Number(m[2]) + 1);
    if (!suffix && m[2] !== "" && Number(m[2]) < Number(m[1])) return "bad";
    if (start < end) ranges.push({ start, end });
    if (ranges.length > most) return null;
  }
  if (ranges.length === 0) return "bad";
  return ranges.reduce((sum, r) => sum + r.end - r.start, 0) > size && ranges.length > 1 ? null : ranges;
}

const whole = (size: number): SendPlan => ({ pieces: [{ start: 0, end: size }] });

/** Decides about ranges, and changes the head for them. 416: none can be had. */
export function prepareRanges(cx: Context, size: number): SendPlan | 416 {
  const { r } = cx;
  const text = r.field("range");
  if (text === undefined || r.version < 10 || r.v.maxRanges === 0 || r.internal && r.errorPage || r.errStatus > 0 || !ifRange(r)) return whole(size);
  const ranges = parseRanges(text, size, r.v.maxRanges);
  if (ranges === null) return whole(size);
  if (ranges === "bad") {
    r.resetHeaders();
    r.out.contentRange = `bytes */${size}`;
    return 416;
  }
  r.out.status = 206;
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) return single(r, only, size);
  return multiple(cx, ranges, size);
}

function ifRange(r: Request): boolean {
  const text = r.field("if-range");
  if (text === undefined) return true;
  if (text.startsWith('"') || text.startsWith("W/")) return text === r.out.etag;
  return parseHttpDate(text) === r.out.lastModifiedSec;
}

function single(r: Request, range: Range, size: number): SendPlan {
  r.out.contentLength = range.end - range.start;
  r.out.contentRange = `bytes ${range.start}-${range.end - 1}/${size}`;
  r.out.acceptRanges = false;
  return { pieces: [range] };
}

/** A number that this worker has not used yet. */
const boundaryOf = (cx: Context): string => String(++cx.w.counters.boundaries).padStart(20, "0");

function multiple(cx: Context, ranges: readonly Range[], size: number): SendPlan {
  const { r } = cx;
  const boundary = boundaryOf(cx);
  const type = r.out.contentType === undefined ? "" : `Content-Type: ${r.out.contentType}\r\n`;
  const pieces: (Range | string)[] = [];
  for (const range of ranges) {
    pieces.push(`\r\n--${boundary}\r\n${type}Content-Range: bytes ${range.start}-${range.end - 1}/${size}\r\n\r\n`, range);
  }
  pieces.push(`\r\n--${boundary}--\r\n`);
  r.out.contentType = `multipart/byteranges; boundary=${boundary}`;
  r.out.contentLength = pieces.reduce((sum, p) => sum + (typeof p === "string" ? p.length : p.end - p.start), 0);
  r.out.acceptRanges = false;
  return { pieces };
}

/** What is read and sent at once (output_buffers). */
const BLOCK_BYTES = 32_768;

export function* sendFile(cx: Context, path: string, plan: SendPlan, size: number): Co<Outcome> {
  const { sys } = cx.w;
  const fd = sys.open(asText(path), { read: true });
  if (isErrno(fd)) return 500;
  try {
    for (const [i, piece] of plan.pieces.entries()) {
      const last = i === plan.pieces.length - 1;
      if (typeof piece === "string") yield* sendBody(cx, latin1(piece), last ? "last" : "more");
      else yield* sendPart(cx, fd, piece, last);
      if (responseFailed(cx)) break;
    }
  } finally {
    sys.close(fd);
  }
  return size >= 0 ? "done" : 500;
}

function* sendPart(cx: Context, fd: number, range: Range, last: boolean): Co<void> {
  const { sys } = cx.w;
  sys.seek(fd, range.start, "set");
  for (let at = range.start; at < range.end; ) {
    const bytes = yield* sys.read(fd, Math.min(BLOCK_BYTES, range.end - at));
    if (isErrno(bytes) || bytes.length === 0) return;
    at += bytes.length;
    if (!(yield* sendBody(cx, bytes, at >= range.end && last ? "last" : "more"))) return;
  }
}
