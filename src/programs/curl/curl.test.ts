import { describe, expect, test } from "vitest";
import { devOpen } from "../../net/core/dev.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import { OsTestbed } from "../../os/testbed.ts";
import type { Program } from "../../os/sys.ts";
import { Rng } from "../../sim/rng.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { concatBytes, fromLatin1, latin1 } from "../../http/bytes.ts";
import { wget } from "../wget/wget.ts";
import { ChunkDecoder } from "./chunks.ts";
import { curl } from "./curl.ts";
import { CookieJar, cookieHeader, parseSetCookie } from "./cookies.ts";
import { globUrls, parseGlob } from "./glob.ts";
import { duration, max5, Progress } from "./progress.ts";
import { ProgressBar } from "./progress-bar.ts";
import { matchesNoProxy } from "./proxy.ts";
import { normaliseIp4, parseUrl, resolveUrl, urlText } from "./url.ts";

const SERVER = { family: "inet", addr: parseIp4("127.0.0.1")!, port: 8000 } as const;

/** Runs a program against a server that reads a request and sends these pieces, one every millisecond, then closes or resets. */
function against(program: Program, argv: readonly string[], pieces: readonly Uint8Array[], reset = false): { stdout: string; stderr: string; code: number } {
  const bed = new OsTestbed();
  devOpen(bed.net.loopback);
  const server: Program = function* (sys) {
    const fd = sys.socket("inet", "stream", "tcp") as number;
    sys.bind(fd, SERVER);
    sys.listen(fd, 5);
    const conn = yield* sys.accept(fd);
    if (isErrno(conn)) return 1;
    yield* sys.read(conn, 65536);
    for (const data of pieces) {
      yield* sys.sendmsg(conn, { data, noSignal: true });
      yield* sys.sleep(1e6);
    }
    if (reset) sys.setsockopt(conn, "SO_LINGER", { seconds: 0 });
    sys.close(conn);
    sys.close(fd);
    return 0;
  };
  bed.start(server, [bed.kernel.newFeed(new Uint8Array(0)), bed.kernel.newCapture(), bed.kernel.newCapture()]);
  bed.pass(1e6);
  const { stdout, stderr, status } = bed.run(program, "", argv);
  expect(bed.kernel.crashes).toEqual([]);
  return { stdout, stderr, code: status?.is === "exited" ? status.code : -1 };
}

const pieces = (text: string, rng: Rng): Uint8Array[] => {
  const bytes = latin1(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const n = 1 + rng.below(30);
    out.push(bytes.slice(at, at + n));
    at += n;
  }
  return out;
};

describe("transfers", () => {
  test("however the answer is split, the output is the same", () => {
    const rng = new Rng(2);
    const text = "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n";
    for (let i = 0; i < 20; i++) expect(against(curl, ["curl", "-si", "http://127.0.0.1:8000/"], pieces(text, rng)).stdout).toBe("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\nhello worldT: v\r\n");
  });

  test("a reset within the body: what came is kept, status 56", () => {
    const got = against(curl, ["curl", "-sS", "http://127.0.0.1:8000/"], [latin1("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")], true);
    expect(got).toEqual({ stdout: "abc", stderr: "curl: (56) Recv failure: Connection reset by peer\n", code: 56 });
  });

  test("garbage from a server ends curl and wget with one of their statuses, and crashes nothing", () => {
    const rng = new Rng(9);
    const seeds = ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\nhello", "HTTP/1.0 404 No\r\nA: b\r\n\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "hello\n"];
    const known = new Set([0, 1, 8, 18, 22, 23, 28, 52, 56, 61, 63]);
    for (let i = 0; i < 60; i++) {
      const bytes = latin1(seeds[rng.below(seeds.length)]!);
      for (let n = rng.below(5); n > 0; n--) bytes[rng.below(bytes.length)] = rng.below(256);
      const parts = pieces(fromLatin1(bytes), rng);
      expect(known).toContain(against(curl, ["curl", "-sS", "-m", "5", "-b", "", "http://127.0.0.1:8000/"], parts).code);
      expect([0, 4, 6, 7, 8]).toContain(against(wget, ["wget", "-q", "-t", "1", "-T", "5", "-O", "-", "http://127.0.0.1:8000/"], parts).code);
    }
  });
});

describe("URLs", () => {
  test.each([
    ["127.1:9/x", "http://127.0.0.1:9/x"], ["HTTP://u:p%40@H/a/../b/./c?d#e", "http://u:p%40@H/b/c?d#e"], ["http:/h", "http://h/"], ["ftp.example.com", "ftp://ftp.example.com/"], ["h:80", "http://h:80/"], ["http://h:", "http://h/"], ["file:///a/b", "file:///a/b"],
  ])("%s is %s", (text, expected) => {
    const url = parseUrl(text);
    expect(typeof url === "string" ? url : urlText(url)).toBe(expected);
  });

  test.each([["http://", "NO_HOST"], ["http://h:x", "BAD_PORT"], ["h:", "BAD_PORT"], ["http://h:65536", "BAD_PORT"], ["http:////h", "BAD_SLASHES"], ["foo://h", "UNSUPPORTED_SCHEME"], ["http://a b", "BAD_HOST"], ["http://[::1", "BAD_IPV6"], ["file:", "BAD_PORT"], ["file://x/y", "BAD_FILE_URL"]])("%s is %s", (text, error) =>
    expect(parseUrl(text)).toBe(error));

  test.each([["/x", "http://h:1/x"], ["y?q", "http://h:1/a/y?q"], ["?q", "http://h:1/a/b?q"], ["../z", "http://h:1/z"], ["//k/l", "http://k/l"], ["https://m", "https://m/"], ["a b", "http://h:1/a/a%20b"]])("%s seen from http://h:1/a/b?c", (target, expected) => {
    const base = parseUrl("http://h:1/a/b?c");
    const url = typeof base === "string" ? base : resolveUrl(base, target, { encode: true });
    expect(typeof url === "string" ? url : urlText(url)).toBe(expected);
  });

  test("old forms of addresses", () => expect(["1", "0x7f.1", "1.2.3", "0377.0.0.1", "256.1.1.1", "1.2.3.4.5", "08"].map(normaliseIp4)).toEqual(["0.0.0.1", "127.0.0.1", "1.2.0.3", "255.0.0.1", null, null, null]));

  test("no_proxy knows domains, addresses and prefixes", () => {
    expect(["a.b.c", "xb.c", "b.c", "10.1.2.3", "10.2.0.1"].map((host) => matchesNoProxy(host, ".b.c 10.1.0.0/16"))).toEqual([true, false, true, true, false]);
  });

  test("patterns count from the right; mistakes have a column; garbage never throws", () => {
    const glob = parseGlob("h/{a,b}[08-10]");
    expect("parts" in glob ? [...globUrls(glob)].map((g) => g.url) : glob).toEqual(["h/a08", "h/a09", "h/a10", "h/b08", "h/b09", "h/b10"]);
    expect(parseGlob("h/{a")).toEqual({ error: "unmatched brace", at: 3 });
    const rng = new Rng(4);
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: rng.below(12) }, () => "ab{}[],-:19\\/.#?@ %"[rng.below(19)]).join("");
      parseGlob(text);
      parseUrl(text);
      parseUrl(`http://${text}`, { encode: true });
    }
  });
});

describe("the meter", () => {
  test("amounts in five characters, times in eight", () => {
    expect([0, 99_999, 100_000, 10_240_000, 104_857_600].map(max5)).toEqual(["    0", "99999", "  97k", " 9.7M", " 100M"]);
    expect([0, 59, 3661, 360_000, 86_400_000].map(duration)).toEqual(["--:--:--", " 0:00:59", " 1:01:01", "  4d 04h", "   1000d"]);
  });

  test("a second line within a second only at the end; the current speed is that of the last five seconds", () => {
    const p = new Progress();
    p.hidden = false;
    p.begin(5_000_000);
    expect(p.update(5_000_100)).toMatch(/^ {2}% Total[^]*\r {2}0 {5}0 /);
    p.down.bytes = 500;
    p.down.size = 1000;
    expect(p.update(5_900_000)).toBe("");
    expect(p.update(6_000_000)).toBe("\r 50  1000   50   500    0     0    500      0  0:00:02  0:00:01  0:00:01   500");
    expect(p.done(6_000_000).endsWith("\n")).toBe(true);
  });

  test("-# draws a row of # or an animal", () => {
    const bar = new ProgressBar(30, 0);
    expect([bar.update(0, 0, 0), bar.update(150_000, 50, 100), bar.update(160_000, 100, 100)]).toEqual(["", `\r${"#".repeat(11).padEnd(23)}  50.0%`, `\r${"#".repeat(23)} 100.0%`]);
    expect(new ProgressBar(undefined, 0).update(0, 0, 0)).toBe("");
  });
});

describe("chunks and cookies", () => {
  test("any split of any bytes gives the same data and the same trouble", () => {
    const rng = new Rng(6);
    for (let i = 0; i < 1000; i++) {
      const bytes = latin1("4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\nA: b\r\n\r\nmore");
      for (let n = rng.below(4); n > 0; n--) bytes[rng.below(bytes.length)] = rng.below(256);
      const read = (parts: readonly Uint8Array[]): unknown => {
        const decoder = new ChunkDecoder();
        const out = parts.map((part) => (decoder.ended || decoder.trouble !== undefined ? "" : fromLatin1(concatBytes(decoder.push(part).data))));
        return [out.join(""), decoder.ended, decoder.trouble];
      };
      expect(read(pieces(fromLatin1(bytes), rng))).toEqual(read([bytes]));
    }
  });

  test("a cookie goes back to its host and path until it is too old", () => {
    const jar = new CookieJar();
    const add = (text: string): void => {
      const cookie = parseSetCookie(text, "h.x.org", "/a/b", 1000);
      if (cookie !== null && !("badDomain" in cookie)) jar.add(cookie, 1000);
    };
    for (const text of ["a=1", "b=2; path=/", "c=3; domain=.x.org; path=/", "d=4; domain=y.org", "e=5; max-age=10; path=/", "f=6; secure"]) add(text);
    expect(cookieHeader(jar, "h.x.org", "/a/c", 1005)).toEqual(["a=1", "b=2", "e=5", "c=3"]);
    expect(cookieHeader(jar, "k.x.org", "/", 1005)).toEqual(["c=3"]);
    expect(cookieHeader(jar, "h.x.org", "/", 1011)).toEqual(["b=2", "c=3"]);
  });
});
