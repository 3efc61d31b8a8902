import { describe, expect, test } from "vitest";
import { Rng } from "../sim/rng.ts";
import { concatBytes, fromLatin1, latin1 } from "./bytes.ts";
import { bodyReader, encodeChunk, lastChunk, requestFraming, responseFraming, type BodyState, type Framing } from "./body.ts";
import { Headers } from "./headers.ts";
import { headText, requestReader, responseReader, wantsKeepAlive, type HeadMode, type RequestHead } from "./message.ts";

const request = (text: string, mode: HeadMode = "strict") => requestReader({ mode }).push(latin1(text));
const response = (text: string, mode: HeadMode = "tolerant") => responseReader({ mode }).push(latin1(text));
const headOf = (text: string, mode?: HeadMode): RequestHead => {
  const got = request(text, mode);
  if (got.is !== "done") throw new Error(got.is);
  return got.head;
};
const why = (got: { is: string; error?: string }) => (got.is === "bad" ? got.error : got.is);

/** Cuts bytes at random places. */
function split(bytes: Uint8Array, rng: Rng): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const n = 1 + rng.below(rng.below(4) === 0 ? 40 : 3);
    parts.push(bytes.slice(at, at + n));
    at += n;
  }
  return parts;
}

describe("heads", () => {
  test("a request keeps the case and order of its fields, and what follows is the body's", () => {
    const text = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-One:  1 \r\nx-one: 2\r\n\r\n";
    const got = request(`${text}body`);
    expect(got).toMatchObject({ is: "done", used: text.length });
    const head = headOf(text);
    expect([head.method, head.target, head.version]).toEqual(["POST", "/a?b=c", { major: 1, minor: 1 }]);
    expect(head.headers.all("X-ONE")).toEqual(["1", "2"]);
    expect(headText(head)).toBe(text.replace(":  1 ", ": 1"));
  });

  test("an answer without a reason, with a bare LF, with bytes above 127", () => {
    const got = response("HTTP/1.0 204\nServer: \xe9t\xe9\n\n");
    expect(got.is === "done" ? [got.head.status, got.head.reason, got.head.headers.get("server")] : got).toEqual([204, "", "\xe9t\xe9"]);
  });

  test.each([
    ["junk\r\n\r\n", "bad-start-line"], ["GET / HTTP/2.0\r\n\r\n", "unsupported-version"], ["GET / HTTX/1.1\r\n\r\n", "bad-start-line"], ["G(T / HTTP/1.1\r\n\r\n", "bad-start-line"],
    ["GET  / HTTP/1.1\r\n\r\n", "bad-start-line"], ["GET / HTTP/1.1 x\r\n\r\n", "bad-start-line"], ["GET / HTTP/1.1\r\nno colon\r\n\r\n", "bad-field"], ["GET / HTTP/1.1\r\nA : 1\r\n\r\n", "bad-field"],
    ["GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", "bad-field"], ["GET / HTTP/1.1\r\nA: 1", "more"], ["\r\n\r\nGET / HTTP/1.1\r\n\r\n", "done"], ["GET /\r\n", "done"],
  ])("strict: %j → %s", (text, expected) => expect(why(request(text))).toBe(expected));

  test("tolerant: folded lines are joined, lines without a colon dropped, spaces before the colon taken", () => {
    const head = headOf("GET   /  HTTP/1.1\r\nA : 1\r\n 2\r\nno colon\r\n\r\n", "tolerant");
    expect(head.headers.fields).toEqual([{ name: "A", value: "1 2" }]);
  });

  test("each limit has its own error", () => {
    const limits = { startLineBytes: 20, fieldBytes: 12, headBytes: 60, fields: 9 };
    const tried = (text: string) => why(requestReader({ limits }).push(latin1(text)));
    expect(tried(`GET /${"a".repeat(20)}`)).toBe("start-line-too-long");
    expect(tried("GET / HTTP/1.1\r\nAbcdefghijk: 1")).toBe("field-too-long");
    expect(tried(`GET / HTTP/1.1\r\n${"A: 1\r\n".repeat(8)}`)).toBe("head-too-large");
  });

  test("any split of any bytes gives the same answer, and garbage never throws", () => {
    const rng = new Rng(7);
    const seeds = ["GET /x HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\nrest", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "GET /\r\nmore", "\r\n\nPUT * HTTP/1.0\n\n"];
    for (let i = 0; i < 3000; i++) {
      const bytes = latin1(seeds[rng.below(seeds.length)]!).slice();
      for (let n = rng.below(4); n > 0; n--) bytes[rng.below(bytes.length)] = rng.below(8) === 0 ? rng.below(256) : [13, 10, 32, 58, 72][rng.below(5)]!;
      const options = { mode: rng.below(2) === 0 ? "strict" : "tolerant", limits: { startLineBytes: 12 + rng.below(20), fieldBytes: 6 + rng.below(20), headBytes: 20 + rng.below(60) } } as const;
      for (const make of [requestReader, responseReader]) {
        const whole = make(options);
        const once = whole.push(bytes);
        const parts = make(options);
        let at = 0;
        let last = parts.push(new Uint8Array(0));
        let used = 0;
        for (const part of split(bytes, rng)) {
          if (last.is !== "more") break;
          last = parts.push(part);
          used = last.is === "done" ? at + last.used : 0;
          at += part.length;
        }
        expect(last.is === "done" ? { ...last, used } : last).toEqual(once);
      }
    }
  });

  test("keep-alive is the default of 1.1 and a wish in 1.0", () => {
    const wants = (first: string) => wantsKeepAlive(headOf(`GET / ${first}\r\n\r\n`));
    expect([wants("HTTP/1.1"), wants("HTTP/1.0"), wants("HTTP/1.0\r\nConnection: Keep-Alive"), wants("HTTP/1.1\r\nConnection: foo, Close")]).toEqual([true, false, true, false]);
  });

  test("set replaces the first field of a name where it stands", () => {
    const headers = new Headers([["A", "1"], ["B", "2"], ["a", "3"]]).set("a", "9").add("C", "4").delete("b");
    expect(headers.text()).toBe("a: 9\r\nC: 4\r\n");
  });
});

describe("bodies", () => {
  const framing = (fields: string) => requestFraming(headOf(`POST / HTTP/1.1\r\n${fields}\r\n`));

  test.each([
    ["", { is: "none" }], ["Content-Length: 5\r\n", { is: "length", bytes: 5 }], ["Content-Length: 5, 5\r\n", { is: "length", bytes: 5 }], ["Content-Length: 5\r\nContent-Length: 6\r\n", "bad-content-length"],
    ["Content-Length: -1\r\n", "bad-content-length"], ["Transfer-Encoding: chunked\r\n", { is: "chunked" }], ["Transfer-Encoding: gzip, chunked\r\n", "unknown-coding"], ["Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "both-lengths"],
  ])("a request with %j", (fields, expected) => expect(framing(fields)).toEqual(expected));

  test.each([
    ["HEAD", "200 OK", "Content-Length: 5\r\n", "none"], ["GET", "304 Not", "Content-Length: 5\r\n", "none"], ["GET", "200 OK", "", "close"], ["GET", "200 OK", "Content-Length: 0\r\n", "none"],
    ["GET", "200 OK", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "chunked"], ["CONNECT", "200 OK", "Content-Length: 5\r\n", "none"], ["CONNECT", "403 No", "Content-Length: 5\r\n", "length"],
  ])("the answer to %s, %s %j is framed by %s", (method, status, fields, expected) => {
    const got = response(`HTTP/1.1 ${status}\r\n${fields}\r\n`);
    expect(got.is === "done" ? responseFraming(method, got.head) : got).toMatchObject({ is: expected });
  });

  test("chunks with extensions and trailers", () => {
    const reader = bodyReader({ is: "chunked" });
    const got = reader.push(latin1("5;a=b\r\nhello\r\n6 \r\n world\r\n0\r\nX-Sum: 1\r\n\r\nNEXT"));
    expect([fromLatin1(concatBytes(got.data)), got.used]).toEqual(["hello world", 41]);
    expect(got.state.is === "done" ? got.state.trailers.get("x-sum") : got.state).toBe("1");
  });

  test.each([["zz\r\n", "bad-chunk-size"], ["5\r\nhelloX\r\n", "bad-chunk-end"], ["ffffffffffffffff\r\n", "chunk-too-large"], ["-5\r\n", "bad-chunk-size"]])("chunks %j are %s", (text, error) => {
    const reader = bodyReader({ is: "chunked" });
    reader.push(latin1(text));
    expect(reader.state).toEqual({ is: "bad", error });
  });

  test("what is encoded is read back, whatever the split", () => {
    const rng = new Rng(3);
    for (let i = 0; i < 500; i++) {
      const parts = Array.from({ length: rng.below(5) }, () => Uint8Array.from({ length: rng.below(30) }, () => rng.below(256)));
      const wire = concatBytes([...parts.map(encodeChunk), lastChunk(new Headers([["T", "1"]])), latin1("after")]);
      const reader = bodyReader({ is: "chunked" });
      const taken = split(wire, rng).map((p) => reader.push(p));
      expect(concatBytes(taken.flatMap((t) => t.data))).toEqual(concatBytes(parts));
      expect(taken.reduce((sum, t) => sum + t.used, 0)).toBe(wire.length - 5);
    }
  });

  test("garbage never throws, and any split gives the same bytes and end", () => {
    const rng = new Rng(11);
    const read = (framing: Framing, pieces: readonly Uint8Array[]): [string, BodyState] => {
      const reader = bodyReader(framing);
      return [pieces.map((p) => fromLatin1(concatBytes(reader.push(p).data))).join(""), reader.state];
    };
    for (let i = 0; i < 3000; i++) {
      const bytes = latin1("4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\nA: b\r\n\r\n").slice();
      for (let n = rng.below(4); n > 0; n--) bytes[rng.below(bytes.length)] = rng.below(256);
      const framing = ([{ is: "chunked" }, { is: "chunked" }, { is: "close" }, { is: "length", bytes: rng.below(50) }] as const)[rng.below(4)]!;
      expect(read(framing, split(bytes, rng))).toEqual(read(framing, [bytes]));
    }
  });

  test("a body with a length is partial when the peer closes early; one without a length ends by that", () => {
    const length = bodyReader({ is: "length", bytes: 5 });
    length.push(latin1("abc"));
    expect([length.closed(), length.missingBytes]).toEqual([false, 2]);
    const close = bodyReader({ is: "close" });
    close.push(latin1("abc"));
    expect(close.closed()).toBe(true);
  });
});
