import { describe, expect, test } from "vitest";
import { Rng } from "../../sim/rng.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { ConfLexer } from "./conf/lexer.ts";
import { newUpstream } from "./conf/upstream.ts";
import { compilePattern } from "./conf/regex.ts";
import { parseMsec, parseSize } from "./conf/values.ts";
import { parseRanges } from "./http/ranges.ts";
import { escapeUri, parseUri } from "./http/uri.ts";
import { nginx } from "./nginx.ts";
import { beginChoice, freePeer, nextPeer, PeerGroups } from "./proxy/peers.ts";
import { bodyOf, ServerBed, statusOf } from "./testbed.ts";

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

function started(http: string, main = "worker_processes 1;"): ServerBed {
  const bed = new ServerBed();
  bed.file("/c.conf", `${main} error_log /e.log info; events {} http { access_log /a.log; ${http} }`);
  bed.serve(nginx, "nginx", "-c", "/c.conf");
  return bed;
}

describe("small parts", () => {
  test.each([
    ["/a/../b", "/b"], ["/a/./b", "/a/b"], ["//a///b", "/a/b"], ["/%2e%2e/x", null], ["/a/..", "/"], ["/a%2Fb", "/a/b"], ["/a%3fb", "/a?b"], ["/%zz", null], ["/%00", null], ["/...", "/..."], ["/a/.", "/a/"], ["/..", null],
  ])("the URI %s becomes %s", (raw, uri) => expect(parseUri(raw, true)?.uri ?? null).toBe(uri));

  test("arguments begin at the first question mark, a fragment is dropped, escapes go back in", () => {
    expect(parseUri("/a%20b?c=%20d?e#f", true)).toEqual({ uri: "/a b", args: "c=%20d?e" });
    expect(escapeUri("/a b?c")).toBe("/a%20b%3Fc");
  });

  test.each([["1h30m", 5_400_000], ["500ms", 500], ["60", 60_000], ["1m 1h", null], ["", null], ["x", null]])("the time %j is %s ms", (text, ms) => expect(parseMsec(text)).toBe(ms));
  test.each([["8k", 8192], ["1M", 1_048_576], ["7", 7], ["1g", null]])("the size %s is %s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each([["bytes=0-1", [{ start: 0, end: 2 }]], ["bytes=-2", [{ start: 4, end: 6 }]], ["bytes=9-", "bad"], ["lines=1-2", null], ["bytes=0-5,0-5", null]])("the range %s of 6 bytes", (text, ranges) =>
    expect(parseRanges(text, 6, 10)).toEqual(ranges));

  test("named captures, classes and flags of PCRE; what has no equal is said", () => {
    const p = compilePattern("^/(?P<user>[[:alpha:]]+)/(\\d+)$", true);
    expect(p.is === "pattern" && p.pattern.regex.exec("/Ann/7")?.groups).toMatchObject({ user: "Ann" });
    expect(compilePattern("a++", false)).toMatchObject({ is: "unsupported" });
    expect(compilePattern("a(", false)).toMatchObject({ is: "bad", why: "missing closing parenthesis" });
  });

  test("the reader of configurations ends on any text", () => {
    const rng = new Rng(3);
    const pieces = ["a", " ", ";", "{", "}", "\"", "'", "\\", "$", "#", "\n", "${x}", ")"];
    for (let i = 0; i < 3000; i++) {
      const lexer = new ConfLexer(Array.from({ length: rng.below(25) }, () => pieces[rng.below(pieces.length)]).join(""), true);
      for (let n = 0; ; n++) {
        const token = lexer.next();
        expect(n).toBeLessThan(60);
        if (token.is === "end" || token.is === "bad") break;
      }
    }
  });
});

describe("choosing a server", () => {
  const groupOf = (weights: readonly number[], maxFails = 1) => {
    const up = newUpstream("u", 0, true, "");
    weights.forEach((weight, i) => up.servers.push({ name: String(i), addrs: [{ family: "inet", addr: parseIp4(`10.0.0.${i + 1}`)!, port: 80 }], weight, maxFails, failTimeoutSec: 10, maxConns: 0, backup: false, down: false }));
    return new PeerGroups().of(up);
  };
  const key = { client: 0, key: "", random: () => 0 };

  test("weights 5, 1, 1 come smoothly: a a b a c a a", () => {
    const group = groupOf([5, 1, 1]);
    const chosen = Array.from({ length: 7 }, () => {
      const c = beginChoice(group);
      const peer = nextPeer(c, 100, key)!;
      freePeer(c, peer, false, 100);
      return "abc"[group.peers.indexOf(peer)];
    });
    expect(chosen.join("")).toBe("aabacaa");
  });

  test("a server that failed rests for fail_timeout, then is asked again", () => {
    const group = groupOf([1, 1]);
    const ask = (now: number, fails: boolean): number => {
      const c = beginChoice(group);
      const peer = nextPeer(c, now, key)!;
      const first = group.peers.indexOf(peer);
      freePeer(c, peer, fails, now);
      return first;
    };
    expect([ask(100, true), ask(101, false), ask(102, false), ask(103, false)]).toEqual([0, 1, 1, 1]);
    expect([ask(111, false), ask(111, false), ask(111, false)]).toContain(0);
  });

  test("all resting: nobody is left", () => {
    const group = groupOf([1, 1]);
    const c = beginChoice(group);
    for (let i = 0; i < 2; i++) freePeer(c, nextPeer(c, 50, key)!, true, 50);
    expect(nextPeer(beginChoice(group), 51, key)).toBeUndefined();
  });
});

describe("a server at work", () => {
  test("a connection that stays silent is closed after 60 s, one that was used after keepalive_timeout", () => {
    const bed = started("server { listen 80; keepalive_timeout 20s; return 200 ok; }");
    expect(bed.ask(80, "", 100_000)).toMatchObject({ end: "closed", text: "", ms: 60_000 });
    const used = bed.ask(80, get("/"), 100_000);
    expect([statusOf(used.text), used.end, Math.round(used.ms / 1000)]).toEqual(["200", "closed", 20]);
  });

  test("an upstream that does not take the connection: 504 after proxy_connect_timeout", () => {
    const bed = started("server { listen 80; location / { proxy_connect_timeout 7s; proxy_pass http://127.0.0.1:99; } }");
    bed.serve(function* (sys) {
      const fd = sys.socket("inet", "stream");
      if (typeof fd === "string") return 1;
      sys.bind(fd, { family: "inet", addr: parseIp4("127.0.0.1")!, port: 99 });
      sys.listen(fd, 0);
      yield* sys.sleep(1e12);
      return 0;
    }, "full");
    bed.client(99, "", 1e6, { text: "", end: "", ms: 0 });
    bed.client(99, "", 1e6, { text: "", end: "", ms: 0 });
    bed.os.pass(100_000_000);
    const got = bed.ask(80, get("/x"), 60_000);
    expect([statusOf(got.text), Math.round(got.ms / 1000)]).toEqual(["504", 67]);
    expect(bed.text("/e.log")).toContain('upstream timed out (110: Connection timed out) while connecting to upstream, client: 127.0.0.1, server: , request: "GET /x HTTP/1.1", upstream: "http://127.0.0.1:99/x", host: "h"');
  });

  test("an upstream that says nothing: 504 after proxy_read_timeout; one that hangs up: 502; the client that leaves: 499", () => {
    const bed = started("server { listen 80; location / { proxy_read_timeout 3s; proxy_pass http://127.0.0.1:99; } }");
    bed.serve(function* (sys) {
      const fd = sys.socket("inet", "stream");
      if (typeof fd === "string") return 1;
      sys.bind(fd, { family: "inet", addr: parseIp4("127.0.0.1")!, port: 99 });
      sys.listen(fd, 5);
      for (let i = 0; ; i++) {
        const conn = yield* sys.accept(fd);
        if (i === 1 && typeof conn === "number") {
          yield* sys.recvmsg(conn, { maxBytes: 4096 });
          sys.close(conn);
        }
      }
    }, "mute");
    expect(statusOf(bed.ask(80, get("/"), 9000).text)).toBe("504");
    expect(statusOf(bed.ask(80, get("/"), 9000).text)).toBe("502");
    expect(bed.ask(80, get("/"), 500).text).toBe("");
    bed.os.pass(100_000_000);
    expect(bed.text("/a.log").split("\n").map((l) => l.split('" ')[1]?.slice(0, 3))).toEqual(["504", "502", "499", undefined]);
    expect(bed.text("/e.log")).toContain("upstream prematurely closed connection while reading response header from upstream");
  });

  test("two workers share the port; one that is killed is replaced; stop removes the pid file", () => {
    const bed = started("server { listen 80; return 200 $pid; }", "worker_processes 2; pid /p;");
    const first = bodyOf(bed.ask(80, get("/")).text);
    bed.os.run(function* (sys) {
      sys.kill(Number(first), "SIGKILL");
      yield* sys.sleep(50_000_000);
      return 0;
    });
    const second = bodyOf(bed.ask(80, get("/")).text);
    expect(second).not.toBe(first);
    expect(bed.text("/e.log")).toContain(`worker process ${first} exited on signal`);
    bed.serve(nginx, "nginx", "-c", "/c.conf", "-s", "stop");
    expect(bed.text("/p")).toBe("");
    expect(bed.ask(80, get("/")).end).toBe("refused");
  });

  test("quit lets a request that is under way end", () => {
    const bed = started("server { listen 81; return 200 late; } limit_req_zone $server_port zone=z:1m rate=1r/s; server { listen 80; location / { limit_req zone=z burst=5; root /; } }");
    bed.file("/f", "file");
    bed.ask(80, get("/f"));
    const slow = { text: "", end: "", ms: 0 };
    const p = bed.client(80, get("/f"), 5000, slow);
    bed.os.pass(50_000_000);
    bed.serve(nginx, "nginx", "-c", "/c.conf", "-s", "quit");
    bed.os.settle(p);
    expect([statusOf(slow.text), bodyOf(slow.text), slow.end]).toEqual(["200", "file", "closed"]);
    expect(bed.ask(80, get("/f")).end).toBe("refused");
  });

  test("connections to an upstream are kept when `keepalive` says so", () => {
    const bed = started("upstream u { server 127.0.0.1:81; keepalive 2; } server { listen 81; return 200 $connection_requests; } server { listen 80; location / { proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://u; } }");
    expect([1, 2, 3].map(() => bodyOf(bed.ask(80, get("/")).text))).toEqual(["1", "2", "3"]);
  });

  test("any bytes: it answers or closes, and serves the next", () => {
    const bed = started("server { listen 80; location / { return 200 ok; } location /p { proxy_pass http://127.0.0.1:80/; } }");
    const rng = new Rng(11);
    const pieces = ["GET ", "/", " HTTP/1.1", "\r\n", "Host: h", ":", "Content-Length: 3", "Transfer-Encoding: chunked", "\0", "%", "..", "Range: bytes=0-", " ", "POST /p", "a", "Expect: 100-continue", "\xff", "HTTP/2.0"];
    for (let i = 0; i < 300; i++) bed.ask(80, Array.from({ length: 1 + rng.below(14) }, () => pieces[rng.below(pieces.length)]).join(""), 5);
    expect(bodyOf(bed.ask(80, get("/")).text)).toBe("ok");
    expect(bed.os.kernel.crashes).toEqual([]);
  });
});
