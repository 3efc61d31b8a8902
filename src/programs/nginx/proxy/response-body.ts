import { bodyReader, type BodyReader, type Framing } from "../../../http/body.ts";
import { concatBytes } from "../../../http/bytes.ts";
import type { Conn } from "../http/conn.ts";
import { logError } from "../http/context.ts";
import type { UpstreamState } from "../http/request.ts";
import { responseFailed, sendBody } from "../http/respond.ts";
import type { Co } from "../../lib/event-loop.ts";
import { headField, type UpstreamHead } from "./response-head.ts";
import { readBodyMore, type Attempt } from "./upstream-conn.ts";

/** The body of an upstream's answer on its way to the client: in whole buffers (proxy_buffering on), or as it comes. */

interface Ended {
  readonly ok: boolean;
  /** Nothing is left on the connection: it could serve again. */
  readonly keep: boolean;
}

function framingOf(method: string, head: UpstreamHead): Framing {
  if (method === "HEAD" || head.status === 204 || head.status === 304) return { is: "none" };
  if (headField(head, "transfer-encoding")?.toLowerCase().includes("chunked") === true) return { is: "chunked" };
  const length = headField(head, "content-length");
  return length !== undefined && /^\d+$/.test(length) ? { is: "length", bytes: Number(length) } : { is: "close" };
}

export function* passBody(a: Attempt, conn: Conn, head: UpstreamHead, state: UpstreamState): Co<Ended> {
  const { r } = a.cx;
  const buffering = r.v.proxyBuffering && headField(head, "x-accel-buffering")?.toLowerCase() !== "no";
  const pipe = new Pipe(a, bodyReader(framingOf(r.method, head)), state, buffering ? r.v.proxyBufferSize - head.bytes : 0);
  return yield* pipe.run(conn);
}

/** An answer without a head: everything is body, and the client gets no head either. */
export function* passOld(a: Attempt, conn: Conn, state: UpstreamState): Co<void> {
  a.cx.r.version = 9;
  a.cx.r.keepalive = false;
  a.cx.r.headerSent = true;
  a.cx.r.out.status = 200;
  yield* new Pipe(a, bodyReader({ is: "close" }), state, a.cx.r.v.proxyBufferSize).run(conn);
}

class Pipe {
  readonly #a: Attempt;
  readonly #reader: BodyReader;
  readonly #state: UpstreamState;
  /** Room in the buffer that is being filled; 0 = no buffering. */
  #room: number;
  readonly #buffering: boolean;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(a: Attempt, reader: BodyReader, state: UpstreamState, firstRoom: number) {
    this.#a = a;
    this.#reader = reader;
    this.#state = state;
    this.#room = firstRoom;
    this.#buffering = firstRoom > 0;
  }

  *run(conn: Conn): Co<Ended> {
    const { cx } = this.#a;
    for (;;) {
      const failed = yield* this.#passBuffered(conn);
      if (failed) return { ok: false, keep: false };
      if (this.#reader.state.is !== "more") break;
      const got = yield* readBodyMore(this.#a, conn, this.#buffering ? cx.r.v.proxyBuffers.bytes * cx.r.v.proxyBuffers.count : cx.r.v.proxyBufferSize);
      if (got === "data") continue;
      if (got === "end" && this.#reader.closed()) break;
      return yield* this.#cutShort(conn, got);
    }
    return yield* this.#finish(conn);
  }

  /** What has come goes to the client, as far as buffers are full. True: it cannot. */
  *#passBuffered(conn: Conn): Co<boolean> {
    const taken = this.#reader.push(conn.buffer);
    conn.use(taken.used);
    for (const data of taken.data) {
      this.#held.push(data.slice());
      this.#heldBytes += data.length;
      this.#state.responseBytes += data.length;
    }
    if (taken.state.is === "bad") {
      logError(this.#a.cx, "error", "upstream sent invalid chunked response while reading upstream", this.#a.url);
      return yield* this.#broken();
    }
    yield* this.#flush(!this.#buffering);
    return responseFailed(this.#a.cx);
  }

  *#flush(all: boolean): Co<void> {
    if (this.#heldBytes === 0) return;
    const data = concatBytes(this.#held);
    let ready = 0;
    while (this.#buffering && data.length - ready >= this.#room) {
      ready += this.#room;
      this.#room = this.#a.cx.r.v.proxyBuffers.bytes;
    }
    if (all) ready = data.length;
    if (ready === 0) return;
    const rest = data.subarray(ready);
    if (this.#buffering && !all) this.#held = rest.length > 0 ? [rest] : [];
    else this.#held = [];
    this.#heldBytes = data.length - ready;
    yield* sendBody(this.#a.cx, data.subarray(0, ready), this.#buffering ? "more" : "flush");
  }

  /** The upstream's connection is closed before the client hears of the end, as the real one does. */
  *#finish(conn: Conn): Co<Ended> {
    yield* this.#flush(true);
    const keep = this.#reader.missingBytes !== undefined || !conn.ended;
    if (conn.ended || !this.#mayStay(conn)) conn.close();
    yield* sendBody(this.#a.cx, new Uint8Array(0), "last");
    return { ok: true, keep: keep && !conn.ended && conn.buffer.length === 0 };
  }

  #mayStay(conn: Conn): boolean {
    return !conn.ended && this.#a.cx.r.loc.proxy !== undefined && this.#a.cx.r.v.proxyHttpVersion === 11;
  }

  *#cutShort(conn: Conn, got: "end" | "failed" | "aborted"): Co<Ended> {
    if (got === "end") logError(this.#a.cx, "error", "upstream prematurely closed connection while reading upstream", this.#a.url);
    yield* this.#flush(true);
    conn.close();
    yield* this.#broken();
    return { ok: false, keep: false };
  }

  /** The client must see that it did not get everything: what there is, then the end of the connection. */
  *#broken(): Co<boolean> {
    const { r } = this.#a.cx;
    r.keepalive = false;
    yield* sendBody(this.#a.cx, new Uint8Array(0), "flush");
    r.dropped = true;
    return true;
  }
}
