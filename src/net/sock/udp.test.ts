import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import type { Netns } from "../core/netns.ts";
import { UdpSock } from "./udp.ts";
import { UnixStreamSock } from "./unix-stream.ts";
import { fromUtf8, utf8 } from "../../wire/text.ts";

function wire(): { net: NetTestbed; a: Netns; b: Netns } {
  const net = new NetTestbed();
  net.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  return { net, a: net.host("a"), b: net.host("b") };
}

function bound(ns: Netns, port: number, shared = false): UdpSock {
  const sock = new UdpSock(ns);
  if (shared) sock.setOption("SO_REUSEPORT", true);
  expect(sock.bind({ family: "inet", addr: ipOf("0.0.0.0"), port })).toBeUndefined();
  return sock;
}

const drain = (sock: UdpSock): string[] => {
  const seen: string[] = [];
  for (let got = sock.recv({ maxBytes: 100 }); typeof got !== "string"; got = sock.recv({ maxBytes: 100 })) seen.push(`${got.from?.family === "inet" ? got.from.port : ""} ${fromUtf8(got.data)}`);
  return seen;
};

test("sockets with SO_REUSEPORT share a port → every flow stays with one, and each gets some", () => {
  const { net, a, b } = wire();
  const group = [1, 2, 3, 4].map(() => bound(b, 53, true));
  for (let i = 0; i < 100; i++) {
    const client = bound(a, 20000 + i);
    for (const word of ["one", "two"]) client.send({ data: utf8(word), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 53 } }, 0);
    net.pass(0.001);
  }
  net.pass(1);
  const shares = group.map(drain);
  expect(shares.flat()).toHaveLength(200);
  for (const share of shares) {
    expect(share.length).toBeGreaterThan(20);
    for (const line of share) expect(share).toContain(line.endsWith("one") ? line.replace("one", "two") : line.replace("two", "one"));
  }
});

test("one of a group closes → its flows go to the others, none is refused", () => {
  const { net, a, b } = wire();
  const [first, second] = [bound(b, 53, true), bound(b, 53, true)];
  first!.close();
  for (let i = 0; i < 20; i++) bound(a, 21000 + i).send({ data: utf8("x"), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 53 } }, 0);
  net.pass(1);
  expect(drain(second!)).toHaveLength(20);
});

test("a datagram carries the journey of who sent it to who reads it", () => {
  const { net, a, b } = wire();
  const server = bound(b, 53);
  new UdpSock(a).send({ data: utf8("q"), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 53 } }, 77);
  net.pass(1);
  const got = server.recv({ maxBytes: 10 });
  expect(typeof got === "string" ? got : got.journey).toBe(77);
});

test("the receive buffer is full → datagrams are lost and counted, the rest is whole", () => {
  const { net, a, b } = wire();
  const server = bound(b, 53);
  server.setOption("SO_RCVBUF", 5000);
  const client = bound(a, 20000);
  for (let i = 0; i < 20; i++) {
    client.send({ data: utf8(`m${i}`), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 53 } }, 0);
    net.pass(0.01);
  }
  const kept = drain(server);
  expect(kept.length + server.drops).toBe(20);
  expect(server.drops).toBeGreaterThan(0);
  expect(kept).toEqual(kept.map((_, i) => `20000 m${i}`));
});

test("a unix stream takes what it has room for, and every byte comes out once and in order", () => {
  const ns = new NetTestbed().host("a");
  const [left, right] = [new UnixStreamSock(ns, "stream"), new UnixStreamSock(ns, "stream")];
  left.pairWith(right);
  const sent = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255);
  const seen: number[] = [];
  let [at, waits] = [0, 0];
  for (let step = 0; seen.length < sent.length; step++) {
    const n = at < sent.length ? left.send({ data: sent.subarray(at, at + 1 + ((step * 7919) % 60_000)) }, 0) : "EAGAIN";
    if (typeof n === "number") at += n;
    else waits++;
    if (typeof n === "number" && step % 3 !== 0) continue;
    const got = right.recv({ maxBytes: 1 + ((step * 104_729) % 50_000) });
    if (typeof got !== "string") seen.push(...got.data);
  }
  expect(waits).toBeGreaterThan(0);
  expect(Uint8Array.from(seen)).toEqual(sent);
  expect(left.wmemBytes).toBe(0);
});
