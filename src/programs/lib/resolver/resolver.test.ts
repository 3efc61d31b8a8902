import { expect, test } from "vitest";
import { devOpen } from "../../../net/core/dev.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import type { Program, Sys, Task } from "../../../os/sys.ts";
import { OsTestbed } from "../../../os/testbed.ts";
import { formatIp4, type Ip4, ip4, parseIp4, readU16 } from "../../../wire/addr.ts";
import { decodeDns, DNS_QR, DNS_RA, DNS_RD, DNS_TC, encodeDns, RCODE_SERVFAIL, TYPE_A, TYPE_AAAA, type DnsMessage } from "../../../wire/dns.ts";
import { getaddrinfo, resolveName } from "../resolve.ts";
import { sortAddresses } from "./sort.ts";
import { framed } from "./tcp.ts";

/** How a name server behaves. */
type Manner = "ok" | "silent" | "servfail" | "no AAAA answer" | "SERVFAIL for AAAA" | "truncates";

const ANSWER = Uint8Array.of(10, 0, 0, 9);

function answer(query: DnsMessage, manner: Manner, tcp: boolean): DnsMessage | null {
  const type = query.questions[0]!.type;
  if (manner === "silent" || (manner === "no AAAA answer" && type === TYPE_AAAA)) return null;
  const flags = DNS_QR | DNS_RD | DNS_RA;
  const empty = { ...query, flags, additional: [] };
  if (manner === "servfail" || (manner === "SERVFAIL for AAAA" && type === TYPE_AAAA)) return { ...empty, flags: flags | RCODE_SERVFAIL };
  if (manner === "truncates" && !tcp) return { ...empty, flags: flags | DNS_TC };
  return type === TYPE_A ? { ...empty, answers: [{ ...query.questions[0]!, ttl: 60, data: ANSWER }] } : empty;
}

/** A name server on UDP and TCP that notes who asked what and when: "5 2 a.x A". */
function server(addr: Ip4, manner: Manner, log: string[], startNs: { value: number }): Program {
  const note = (sys: Sys, query: DnsMessage, how: string): void => {
    if (startNs.value < 0) startNs.value = sys.nowNs;
    const { name, type } = query.questions[0]!;
    log.push(`${Math.round((sys.nowNs - startNs.value) / 1e9)} ${addr & 255} ${how}${name} ${type === TYPE_A ? "A" : "AAAA"}`);
  };
  const reply = function* (sys: Sys, bytes: Uint8Array, tcp: boolean): Task<Uint8Array | null> {
    const query = decodeDns(bytes)!;
    note(sys, query, tcp ? "tcp " : "");
    const message = answer(query, manner, tcp);
    return message === null ? null : encodeDns(message);
  };
  return function* (sys) {
    const here = { family: "inet", addr, port: 53 } as const;
    const [udp, tcp] = [sys.socket("inet", "dgram") as number, sys.socket("inet", "stream") as number];
    sys.bind(udp, here);
    sys.bind(tcp, here);
    sys.listen(tcp, 5);
    for (;;) {
      const ready = yield* sys.poll([udp, tcp]);
      if (isErrno(ready)) return 1;
      if (ready.includes(udp)) {
        const got = yield* sys.recvmsg(udp, { maxBytes: 4096 });
        if (isErrno(got)) continue;
        const data = yield* reply(sys, got.data, false);
        if (data !== null) yield* sys.sendmsg(udp, { data, to: got.from! });
      } else {
        const fd = (yield* sys.accept(tcp)) as number;
        const got = yield* sys.recvmsg(fd, { maxBytes: 4096 });
        const data = isErrno(got) || got.data.length < 2 + readU16(got.data, 0) ? null : yield* reply(sys, got.data.subarray(2), true);
        if (data !== null) yield* sys.sendmsg(fd, { data: framed(data) });
        sys.close(fd);
      }
    }
  };
}

/** Runs a resolver call against servers at 127.0.0.2 and on; what they were asked, and what came of it. */
function resolve(conf: string, manners: readonly Manner[], name = "a.x"): { log: string[]; result: string; seconds: number } {
  const box = new OsTestbed();
  devOpen(box.net.loopback);
  const log: string[] = [];
  const startNs = { value: -1 };
  manners.forEach((manner, i) => box.start(server(ip4(0x7f000002 + i), manner, log, startNs), [box.kernel.newFeed(new Uint8Array(0)), box.kernel.newCapture(), box.kernel.newCapture()]));
  box.pass(1e6);
  let result = "";
  let seconds = 0;
  box.run(function* (sys) {
    sys.writeFile("/etc/resolv.conf", conf);
    const from = sys.nowNs;
    const got = yield* resolveName(sys, name);
    result = got.is === "found" ? got.addresses.map(formatIp4).join(" ") : got.error;
    seconds = Math.round((sys.nowNs - from) / 1e9);
    return 0;
  });
  return { log, result, seconds };
}

const servers = (...hosts: number[]): string => hosts.map((h) => `nameserver 127.0.0.${h}\n`).join("");
const both = (at: string, name: string): string[] => [`${at} ${name}. A`, `${at} ${name}. AAAA`];

// What glibc 2.36 asked and how long it took was recorded on Linux with a server of the same manners.
test("one silent server with timeout:1 → two rounds of a second each, then EAI_AGAIN", () => {
  expect(resolve(`${servers(2)}options timeout:1\n`, ["silent"])).toEqual({ log: [...both("0 2", "a.x"), ...both("1 2", "a.x")], result: "EAI_AGAIN", seconds: 2 });
});

test("three silent servers with timeout:2 → waits of 2, 1 and 2 seconds, twice", () => {
  const round = (t: number): string[] => [...both(`${t} 2`, "a.x"), ...both(`${t + 2} 3`, "a.x"), ...both(`${t + 3} 4`, "a.x")];
  expect(resolve(`${servers(2, 3, 4)}options timeout:2\n`, ["silent", "silent", "silent"])).toEqual({ log: [...round(0), ...round(5)], result: "EAI_AGAIN", seconds: 10 });
});

test("first server silent → the second is asked after five seconds", () => {
  expect(resolve(servers(2, 3), ["silent", "ok"])).toEqual({ log: [...both("0 2", "a.x"), ...both("5 3", "a.x")], result: "10.0.0.9", seconds: 5 });
});

test("first server fails → the second is asked at once", () => {
  expect(resolve(servers(2, 3), ["servfail", "ok"])).toEqual({ log: [...both("0 2", "a.x"), ...both("0 3", "a.x")], result: "10.0.0.9", seconds: 0 });
});

test("the only server fails → it is asked twice, and the search list is tried too", () => {
  const { log, result } = resolve(`${servers(2)}search s1 s2\n`, ["servfail"], "a");
  expect(result).toBe("EAI_AGAIN");
  expect(log).toEqual(["a.s1", "a.s2", "a"].flatMap((name) => [...both("0 2", name), ...both("0 2", name)]));
});

test("AAAA is never answered → asked three times in five seconds each, then the A answer has to do", () => {
  expect(resolve(servers(2), ["no AAAA answer"])).toEqual({ log: ["0", "5", "10"].flatMap((t) => both(`${t} 2`, "a.x")), result: "10.0.0.9", seconds: 15 });
});

test("SERVFAIL for AAAA beside a good A → the good one counts", () => {
  expect(resolve(servers(2), ["SERVFAIL for AAAA"])).toEqual({ log: both("0 2", "a.x"), result: "10.0.0.9", seconds: 0 });
});

test("answer cut short → both questions again over TCP", () => {
  expect(resolve(servers(2), ["truncates"])).toEqual({ log: [...both("0 2", "a.x"), ...both("0 2 tcp", "a.x")], result: "10.0.0.9", seconds: 0 });
});

test("options use-vc and no-aaaa", () => {
  expect(resolve(`${servers(2)}options use-vc\n`, ["ok"]).log).toEqual(both("0 2 tcp", "a.x"));
  expect(resolve(`${servers(2)}options no-aaaa\n`, ["ok"]).log).toEqual(["0 2 a.x. A"]);
});

test("nobody listens → no wait, EAI_AGAIN", () => {
  expect(resolve(servers(2, 3), [])).toEqual({ log: [], result: "EAI_AGAIN", seconds: 0 });
});

test("numbers, services and flags of getaddrinfo", () => {
  const box = new OsTestbed();
  devOpen(box.net.loopback);
  const seen: string[] = [];
  box.run(function* (sys) {
    for (const [host, hints] of [["0x7f.1", { port: "http" }], ["127.1", { port: "nosuch" }], ["name", { numericHost: true }], [null, { passive: true, port: 80 }], [null, {}]] as const) {
      const got = yield* getaddrinfo(sys, host, hints);
      seen.push(got.is === "failed" ? got.error : got.addrs.map((a) => `${formatIp4(a.addr)}:${a.port}`).join(" "));
    }
    return 0;
  });
  expect(seen).toEqual(["127.0.0.1:80", "EAI_SERVICE", "EAI_NONAME", "0.0.0.0:80", "127.0.0.1:0"]);
});

test("addresses that cannot be reached come last (RFC 6724 rule 1), others stay in order", () => {
  const box = new OsTestbed();
  devOpen(box.net.loopback);
  let sorted: readonly Ip4[] = [];
  box.run(function* (sys) {
    sorted = yield* sortAddresses(sys, ["192.0.2.1", "127.0.0.5", "127.0.0.1"].map((t) => parseIp4(t)!));
    return 0;
  });
  expect(sorted.map(formatIp4)).toEqual(["127.0.0.1", "127.0.0.5", "192.0.2.1"]);
});
