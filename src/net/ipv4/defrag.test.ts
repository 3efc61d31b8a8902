import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { checksum } from "../../wire/checksum.ts";
import { IP_MF, writeIpv4 } from "../../wire/ipv4.ts";
import { PacketSock } from "../sock/packet.ts";

/** a 10.1.0.2 – b 10.1.0.1; a sends pieces by hand and reads what b answers. */
class Bench {
  readonly net = new NetTestbed();
  readonly #sock: PacketSock;

  constructor() {
    this.net.wire("a eth0 10.1.0.2/24", "b eth0 10.1.0.1/24");
    for (const name of ["a", "b"]) this.net.host(name).ipv4.icmpRatemask = 0;
    this.#sock = new PacketSock(this.net.host("a"), "dgram", 0x0800);
    const eth = this.net.host("a").device("eth0")!;
    this.#sock.bind({ family: "packet", ifindex: eth.ifindex, protocol: 0x0800, pkttype: "host", mac: eth.mac, hatype: 1 });
  }

  /** A piece of an echo request of `whole` bytes (all zero but its header): [from, to), the last without "more". */
  piece(from: number, to: number, options: { readonly whole?: number; readonly id?: number; readonly last?: boolean; readonly tos?: number } = {}): void {
    const { whole = 64, id = 7, last = to === whole, tos = 0 } = options;
    const message = new Uint8Array(whole);
    message[0] = 8;
    const sum = checksum(message, 0, whole);
    message.set([sum >> 8, sum & 255], 2);
    const data = new Uint8Array(20 + to - from);
    writeIpv4(data, 0, { tos, totalBytes: data.length, id, frag: (from >> 3) | (last ? 0 : IP_MF), ttl: 64, protocol: 1, src: ipOf("10.1.0.2"), dst: ipOf("10.1.0.1") });
    data.set(message.subarray(from, to), 20);
    const eth = this.net.host("a").device("eth0")!;
    this.#sock.send({ data, to: { family: "packet", ifindex: eth.ifindex, protocol: 0x0800, pkttype: "host", mac: this.net.host("b").device("eth0")!.mac, hatype: 1 } }, 0);
    this.net.pass(0.001);
  }

  /** What b sent: "reply 64 bytes", "11/1". */
  answers(seconds = 0.01): readonly string[] {
    this.net.pass(seconds);
    const all: string[] = [];
    for (let got = this.#sock.recv({ maxBytes: 4000 }); typeof got !== "string"; got = this.#sock.recv({ maxBytes: 4000 })) {
      const type = got.data[20]!;
      all.push(type === 0 ? `reply ${got.data.length - 20} bytes${got.data[1] === 0 ? "" : ` tos ${got.data[1]}`}` : `${type}/${got.data[21]}`);
    }
    return all;
  }
}

test("pieces in any order → one packet", () => {
  const b = new Bench();
  b.piece(48, 64);
  b.piece(0, 16);
  b.piece(16, 48);
  expect(b.answers()).toEqual(["reply 64 bytes"]);
});

test("a piece twice, or within what is there: ignored", () => {
  const b = new Bench();
  b.piece(0, 16);
  b.piece(16, 32);
  b.piece(8, 24);
  b.piece(0, 16);
  b.piece(32, 64);
  expect(b.answers()).toEqual(["reply 64 bytes"]);
});

test("a piece that overlaps another in part spoils the packet; its rest begins a new one that never ends", () => {
  const b = new Bench();
  b.piece(0, 32);
  b.piece(24, 48);
  b.piece(32, 64);
  expect(b.answers()).toEqual([]);
});

test("two different ends spoil the packet", () => {
  const b = new Bench();
  b.piece(32, 48, { last: true });
  b.piece(48, 64);
  b.piece(0, 32);
  expect(b.answers()).toEqual([]);
});

test("first piece there, time out → time exceeded in reassembly; without the first: silence", () => {
  const b = new Bench();
  b.piece(0, 32);
  b.piece(16, 32, { id: 8 });
  expect(b.answers(29)).toEqual([]);
  expect(b.answers(3)).toEqual(["11/1"]);
  expect(b.net.host("b").ipv4.fragments.memoryBytes).toBe(0);
});

test("ipfrag_max_dist: after 64 other pieces of the same sender what was there belongs to another packet", () => {
  const b = new Bench();
  b.piece(0, 32);
  for (let id = 100; id < 165; id++) b.piece(0, 8, { id });
  b.piece(32, 64);
  expect(b.answers()).toEqual([]);
  b.piece(0, 32);
  expect(b.answers()).toEqual(["reply 64 bytes"]);
});

test("ipfrag_high_thresh: no new packet is begun, one that is there may be finished", () => {
  const b = new Bench();
  b.piece(0, 32);
  b.net.host("b").ipv4.ipfragHighThresh = 1;
  b.piece(0, 64, { id: 9, last: false });
  b.piece(32, 64);
  expect(b.answers()).toEqual(["reply 64 bytes"]);
  expect(b.net.host("b").ipv4.fragments.queues.size).toBe(0);
});

test("ECN (RFC 3168 §5.3): one congested piece marks all, a piece without ECN spoils it", () => {
  const b = new Bench();
  b.piece(0, 32, { tos: 2 });
  b.piece(32, 64, { tos: 3 });
  expect(b.answers()).toEqual(["reply 64 bytes tos 3"]);
  b.piece(0, 32, { tos: 2, id: 9 });
  b.piece(32, 64, { tos: 0, id: 9 });
  expect(b.answers()).toEqual([]);
});
