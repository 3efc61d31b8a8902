import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import type { Conn, Network } from "./connection.ts";
import type { Gauge } from "./gauge.ts";

const BUFFER_BYTES = 8192;
/** How long an interactive gauge waits for bytes before it is drawn again. */
const REDRAW_SEC = 0.95;
/** CPU time of one turn of the loop. */
const READ_NS = 2_500;

export interface BodyJob {
  readonly network: Network;
  readonly conn: Conn;
  /** -1 = unknown. */
  readonly length: number;
  readonly chunked: boolean;
  /** False = it could not be written. */
  readonly write: ((data: Uint8Array) => Task<boolean>) | undefined;
  readonly gauge: Gauge | undefined;
  readonly limitRate: number;
  /** Bytes at the beginning that are there already. */
  readonly skip?: number;
}

export interface BodyResult {
  readonly bytes: number;
  readonly seconds: number;
  /** All that was announced has come. */
  readonly complete: boolean;
  readonly error: Errno | undefined;
  readonly writeFailed: boolean;
}

/** Reads one body to its end, to its length, or to its last chunk (fd_read_body() of retr.c). */
export function* readBody(job: BodyJob): Task<BodyResult> {
  const { network, gauge } = job;
  const { sys } = network;
  const startNs = sys.nowNs;
  // The clock is read when bytes came: waiting in vain does not count.
  let measuredSec = 0;
  const measure = (): number => (measuredSec = (sys.nowNs - startNs) / 1e9);
  const state = { bytes: 0, skip: job.skip ?? 0, left: 0, error: undefined as Errno | undefined, complete: false, writeFailed: false };
  while (job.chunked || job.length < 0 || state.bytes < job.length) {
    if (job.chunked && state.left === 0) {
      const size = yield* chunkSize(job);
      if (isErrno(size)) state.error = size;
      if (isErrno(size) || size === 0) {
        state.complete = size === 0;
        break;
      }
      state.left = size;
    }
    yield* sys.compute(READ_NS);
    const want = job.chunked ? state.left : job.length < 0 ? BUFFER_BYTES : job.length - state.bytes;
    const data = yield* network.read(job.conn, Math.min(want, job.limitRate > 0 ? Math.min(job.limitRate, BUFFER_BYTES) : BUFFER_BYTES), gauge?.interactive === true ? REDRAW_SEC : undefined);
    if (gauge?.interactive === true && data === "ETIMEDOUT") {
      yield* gauge.update(0, measure());
      continue;
    }
    if (isErrno(data) || data.length === 0) {
      if (isErrno(data)) state.error = data;
      state.complete = !isErrno(data) && job.length < 0;
      break;
    }
    state.bytes += data.length;
    measure();
    if (!(yield* store(job, state, data))) break;
    if (job.chunked && (state.left -= data.length) === 0) yield* network.readLine(job.conn);
    yield* slowDown(job, state.bytes, measuredSec);
    if (gauge !== undefined) yield* gauge.update(data.length, measuredSec);
  }
  if (!job.chunked && job.length >= 0) state.complete = state.bytes >= job.length;
  if (gauge !== undefined) yield* gauge.finish(measuredSec);
  return { bytes: state.bytes, seconds: measuredSec, complete: state.complete, error: state.error, writeFailed: state.writeFailed };
}

function* store(job: BodyJob, state: { skip: number; writeFailed: boolean }, data: Uint8Array): Task<boolean> {
  const skipped = Math.min(state.skip, data.length);
  state.skip -= skipped;
  if (job.write === undefined || skipped === data.length) return true;
  state.writeFailed = !(yield* job.write(data.slice(skipped)));
  return !state.writeFailed;
}

/** The number on a size line, like strtol(3): what is no number is 0. After the last chunk one more line is read. */
function* chunkSize(job: BodyJob): Task<number | Errno> {
  const line = yield* job.network.readLine(job.conn);
  if (line === null) return "EIO";
  if (isErrno(line)) return line;
  const hex = /^\s*(?:0x)?([0-9a-fA-F]+)/.exec(line);
  const size = hex === null ? 0 : parseInt(hex[1]!, 16);
  if (size > 0) return size;
  const end = yield* job.network.readLine(job.conn);
  return end === null ? "EIO" : isErrno(end) ? end : 0;
}

function* slowDown(job: BodyJob, bytes: number, seconds: number): Task<void> {
  if (job.limitRate === 0) return;
  const aheadSec = bytes / job.limitRate - seconds;
  if (aheadSec > 0) yield* job.network.sys.sleep(aheadSec * 1e9);
}
