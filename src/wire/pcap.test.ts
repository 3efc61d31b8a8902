import { describe, expect, test } from "vitest";
import { encodeEnhancedPacket, encodeInterface, encodeSectionHeader } from "./pcapng.ts";
import { decodePcapHeader, encodePcapHeader, encodePcapRecord, LINKTYPE_ETHERNET } from "./pcap.ts";
import type { CapturedPacket } from "./pcap.ts";
import { CaptureReader, readCapture } from "./pcap-reader.ts";

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const packet = (sec: number, nsec: number, ...bytes: number[]): CapturedPacket => ({ sec, nsec, wireLength: bytes.length, bytes: Uint8Array.from(bytes) });
const P1 = packet(1_700_000_000, 123_456_789, 1, 2, 3);
const P2 = packet(1_700_000_001, 5, 4, 5, 6, 7, 8);

describe("pcap", () => {
  test("microsecond files lose the nanoseconds, nanosecond files keep them", () => {
    for (const [nanos, nsec] of [[false, 123_456_000], [true, 123_456_789]] as const) {
      const file = join(encodePcapHeader({ linkType: LINKTYPE_ETHERNET, snapLength: 262144, nanos }), encodePcapRecord(P1, nanos));
      expect(readCapture(file)).toMatchObject({ header: { linkType: 1, snapLength: 262144, nanos }, packets: [{ ...P1, nsec }] });
    }
  });
  test("a file of a big-endian machine reads the same", () => {
    const header = [0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const record = [0, 0, 0, 9, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 5, 0xaa, 0xbb];
    expect(readCapture(Uint8Array.from([...header, ...record]))).toMatchObject({
      header: { linkType: 1, snapLength: 256 },
      packets: [{ sec: 9, nsec: 7000, wireLength: 5, bytes: Uint8Array.of(0xaa, 0xbb) }],
    });
  });
  test("bytes beyond the file's snapshot length are not shown", () => {
    const file = join(encodePcapHeader({ linkType: 1, snapLength: 2, nanos: false }), encodePcapRecord(P1, false), encodePcapRecord(P2, false));
    expect(readCapture(file)?.packets.map((p) => [...p.bytes])).toEqual([[1, 2], [4, 5]]);
  });
  test("what is no capture is null, whatever it is", () => {
    for (const bytes of [[], [1, 2, 3], new Array<number>(100).fill(0), [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0]]) expect(readCapture(Uint8Array.from(bytes))).toBeNull();
    expect(decodePcapHeader(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1))).toBeNull();
  });
});

describe("pcapng", () => {
  const file = join(
    encodeSectionHeader(),
    encodeInterface({ name: "eth0", linkType: LINKTYPE_ETHERNET, snapLength: 0 }),
    encodeInterface({ name: "flannel.100", linkType: LINKTYPE_ETHERNET, snapLength: 262144 }),
    encodeEnhancedPacket(0, P1),
    encodeEnhancedPacket(1, { ...P2, comment: "L3 miss" }),
  );
  test("names of interfaces, nanoseconds and comments come back", () => {
    expect(readCapture(file)?.packets).toEqual([{ ...P1, ifName: "eth0" }, { ...P2, ifName: "flannel.100", comment: "L3 miss" }]);
  });
  test("unknown blocks are skipped", () => {
    const unknown = Uint8Array.of(0xad, 0x0b, 0, 0, 16, 0, 0, 0, 1, 2, 3, 4, 16, 0, 0, 0);
    expect(readCapture(join(encodeSectionHeader(), unknown, file.subarray(28)))?.packets).toHaveLength(2);
  });
  test("a packet on an interface nobody described is bad", () => {
    const reader = new CaptureReader();
    reader.push(join(encodeSectionHeader(), encodeInterface({ name: "a", linkType: 1, snapLength: 0 }), encodeEnhancedPacket(3, P1)));
    reader.end();
    reader.header();
    expect(reader.next()).toEqual({ is: "bad", why: "a packet arrived on interface 3, but there's no Interface Description Block for that interface" });
  });
});

describe("a capture that comes byte by byte", () => {
  const whole = join(encodePcapHeader({ linkType: 1, snapLength: 262144, nanos: true }), encodePcapRecord(P1, true), encodePcapRecord(P2, true));
  test("each packet is there as soon as its last byte is", () => {
    const reader = new CaptureReader();
    const came: number[] = [];
    whole.forEach((byte, i) => {
      reader.push(Uint8Array.of(byte));
      if (reader.header().is === "ok" && reader.next().is === "packet") came.push(i + 1);
    });
    expect(came).toEqual([24 + 16 + 3, 24 + 16 + 3 + 16 + 5]);
  });
  test.each([
    [0, "truncated dump file; tried to read 4 file header bytes, only got 0"],
    [10, "truncated dump file; tried to read 24 file header bytes, only got 6"],
    [30, "truncated dump file; tried to read 16 header bytes, only got 6"],
    [41, "truncated dump file; tried to read 3 captured bytes, only got 1"],
  ])("cut after %i bytes: libpcap's words", (bytes, why) => {
    const reader = new CaptureReader();
    reader.push(whole.subarray(0, bytes));
    reader.end();
    const header = reader.header();
    expect(header.is === "ok" ? reader.next() : header).toEqual({ is: "bad", why });
  });
});
