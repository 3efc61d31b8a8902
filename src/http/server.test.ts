import { describe, expect, test } from "vitest";
import { devOpen } from "../net/core/dev.ts";
import { isErrno } from "../net/uapi/errno.ts";
import { OsTestbed } from "../os/testbed.ts";
import type { Program, Sys, Task } from "../os/sys.ts";
import { Rng } from "../sim/rng.ts";
import { parseIp4 } from "../wire/addr.ts";
import { fromLatin1, latin1 } from "./bytes.ts";
import { exchange, type ExchangeResult } from "./client.ts";
import { Headers } from "./headers.ts";
import type { RequestHead } from "./message.ts";
import { serve } from "./server.ts";
import { ServerConnection, type ServerOptions } from "./server-connection.ts";

const LO = { family: "inet", addr: parseIp4("127.0.0.1")!, port: 8000 } as const;
const text = (status: number, body: string, headers = new Headers()) => ({ status, reason: "R", headers, body: latin1(body) });
const OPTIONS: ServerOptions = {
  respond: ({ head, body }) => text(200, `${head.method} ${head.target} ${fromLatin1(body)}`),
  refuse: (status) => text(status, `no ${status}`),
  limits: { startLineBytes: 40, fieldBytes: 60, headBytes: 200 }, maxBodyBytes: 50, requestNs: 2e9, keepAliveNs: 5e9,
};

function request(method: string, target: string, headers: [string, string][] = []): RequestHead {
  return { kind: "request", method, target, version: { major: 1, minor: 1 }, headers: new Headers([["Host", "x"], ...headers]) };
}

/** A client's program beside a server on one machine. */
function beside(client: (sys: Sys) => Task<void>, options: ServerOptions = OPTIONS): OsTestbed {
  const bed = new OsTestbed();
  devOpen(bed.net.loopback);
  let over = false;
  const server: Program = function* (sys) {
    const fd = sys.socket("inet", "stream", "tcp");
    if (isErrno(fd) || sys.bind(fd, LO) !== undefined || sys.listen(fd, 5) !== undefined) return 1;
    yield* serve(sys, fd, { ...options, stopped: () => over });
    return 0;
  };
  bed.start(server, [bed.kernel.newFeed(new Uint8Array(0)), bed.kernel.newCapture(), bed.kernel.newCapture()]);
  bed.run(function* (sys) {
    yield* sys.sleep(1e6);
    yield* client(sys);
    over = true;
    return 0;
  });
  return bed;
}

function* dial(sys: Sys): Task<number> {
  const fd = sys.socket("inet", "stream", "tcp") as number;
  const failed = yield* sys.connect(fd, LO);
  if (failed !== undefined) throw new Error(failed);
  return fd;
}

describe("a client and a server over TCP", () => {
  test("three exchanges on one connection: no body, a length, chunks", () => {
    const got: string[] = [];
    const ends: ExchangeResult[] = [];
    beside(function* (sys) {
      const fd = yield* dial(sys);
      const onData = (data: Uint8Array): void => void got.push(fromLatin1(data));
      ends.push(yield* exchange(sys, fd, request("GET", "/a"), { onData }));
      ends.push(yield* exchange(sys, fd, request("POST", "/b", [["Content-Length", "5"], ["Expect", "100-continue"]]), { onData, body: [latin1("hello")] }));
      ends.push(yield* exchange(sys, fd, request("POST", "/c", [["Transfer-Encoding", "chunked"]]), { onData, body: [latin1("he"), latin1("llo")] }));
    });
    expect(got).toEqual(["GET /a ", "POST /b hello", "POST /c hello"]);
    expect(ends.map((e) => e.is === "done" && e.reusable)).toEqual([true, true, true]);
  });

  test("HEAD has no body; Connection: close ends the connection after the answer", () => {
    const ends: ExchangeResult[] = [];
    beside(function* (sys) {
      const fd = yield* dial(sys);
      ends.push(yield* exchange(sys, fd, request("HEAD", "/a")));
      ends.push(yield* exchange(sys, fd, request("GET", "/b", [["Connection", "close"]])));
      ends.push(yield* exchange(sys, fd, request("GET", "/c")));
    });
    expect(ends.map((e) => (e.is === "done" ? [e.head.headers.get("content-length"), e.reusable] : e.why))).toEqual([["8", true], ["7", false], "no-answer"]);
  });

  test("an idle connection is closed after the keep-alive time, a slow request is refused with 408", () => {
    const seen: string[] = [];
    beside(function* (sys) {
      const idle = yield* dial(sys);
      yield* exchange(sys, idle, request("GET", "/a"));
      const from = sys.nowNs;
      const end = yield* sys.read(idle, 10);
      seen.push(isErrno(end) ? end : `closed after ${Math.round((sys.nowNs - from) / 1e9)} s`);
      const slow = yield* dial(sys);
      yield* sys.write(slow, "GET / HT");
      const answer = yield* sys.read(slow, 1000);
      seen.push(isErrno(answer) ? answer : fromLatin1(answer).slice(0, 12));
    });
    expect(seen).toEqual(["closed after 5 s", "HTTP/1.1 408"]);
  });

  test("nobody answers in time: timeout; the server goes away within an answer: truncated", () => {
    const ends: ExchangeResult[] = [];
    beside(function* (sys) {
      const fd = yield* dial(sys);
      ends.push(yield* exchange(sys, fd, request("POST", "/b", [["Content-Length", "5"]]), { deadlineNs: sys.nowNs + 1e9 }));
      const other = yield* dial(sys);
      ends.push(yield* exchange(sys, other, request("GET", "/short")));
    }, { ...OPTIONS, respond: () => text(200, "abc", new Headers([["Content-Length", "9"], ["Connection", "close"]])) });
    expect(ends.map((e) => (e.is === "failed" ? e.why : e.is))).toEqual(["timeout", "truncated"]);
  });
});

describe("one connection of a server", () => {
  const answers = (pieces: readonly Uint8Array[]): string => {
    const conn = new ServerConnection(OPTIONS, 0);
    for (const piece of pieces) if (conn.wantsIn) conn.receive(piece, 0);
    return fromLatin1(conn.outgoing);
  };
  const statuses = (input: string): string[] => [...answers([latin1(input)]).matchAll(/HTTP\/1.1 (\d+)/g)].map((m) => m[1]!);

  test.each([
    ["GET / HTTP/1.1\r\n\r\n", ["200"]], ["GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", ["200", "200"]], ["GET / HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", ["200"]], ["junk\r\n\r\n", ["400"]],
    [`GET /${"a".repeat(60)} HTTP/1.1\r\n\r\n`, ["414"]], [`GET / HTTP/1.1\r\nA: ${"a".repeat(60)}\r\n\r\n`, ["431"]], ["GET / HTTP/3.0\r\n\r\n", ["505"]], ["POST / HTTP/1.1\r\nContent-Length: 51\r\n\r\n", ["413"]],
    ["POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", ["400"]], ["POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", ["501"]], ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ["400"]],
    ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + "a".repeat(64), ["413"]], ["POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi", ["100", "200"]],
  ])("%j is answered by %j", (input, expected) => expect(statuses(input)).toEqual(expected));

  test("however the bytes are split, the answers are the same, and garbage never throws", () => {
    const rng = new Rng(5);
    const text0 = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nA: b\r\n\r\nPOST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    for (let i = 0; i < 2000; i++) {
      const bytes = latin1(text0);
      for (let n = rng.below(3); n > 0; n--) bytes[rng.below(bytes.length)] = rng.below(256);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + rng.below(20);
        pieces.push(bytes.slice(at, at + size));
        at += size;
      }
      expect(answers(pieces)).toBe(answers([bytes]));
    }
  });
});
