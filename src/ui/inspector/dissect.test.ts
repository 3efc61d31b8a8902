import { describe, expect, test } from "vitest";
import { pingEvents } from "../testing/ping-fixture.ts";
import { dissect, layersOf } from "./dissect.ts";

const wrapped = pingEvents(1, 0).find((event) => event.kind === "encap")?.bytes ?? new Uint8Array();
const names = (bytes: Uint8Array, netOffset = 14): string[] => layersOf(dissect(bytes, netOffset)).map((layer) => layer.name);

describe("bytes to layers", () => {
  test("an echo request inside VXLAN is a tree of layers, each inside the other", () => {
    expect(names(wrapped)).toEqual(["Ethernet", "IPv4", "UDP", "VXLAN", "Ethernet", "IPv4", "ICMP echo request", "Data (56 bytes)"]);
  });

  test("fields carry values and the bytes they were read from", () => {
    const vxlan = layersOf(dissect(wrapped, 14))[3];
    const vni = vxlan?.fields.find((field) => field.name === "VNI");
    expect(vni).toEqual({ name: "VNI", value: "100", start: 46, end: 49 });
    expect([...wrapped.slice(46, 49)]).toEqual([0, 0, 100]);
  });

  test("layers follow each other without a gap to the end of the frame", () => {
    const layers = layersOf(dissect(wrapped, 14));
    expect(layers.map((layer) => layer.start)).toEqual([0, ...layers.slice(0, -1).map((layer) => layer.end)]);
    expect(layers.at(-1)?.end).toBe(wrapped.length);
  });

  test("a right IPv4 checksum is called right, a changed header wrong", () => {
    const checksum = (bytes: Uint8Array): string | undefined => layersOf(dissect(bytes, 14))[1]?.fields.find((field) => field.name === "checksum")?.value;
    expect(checksum(wrapped)).toMatch(/right$/);
    const bent = wrapped.slice();
    bent[22] = 1;
    expect(checksum(bent)).toMatch(/wrong$/);
  });

  test("a packet without Ethernet header begins with IPv4", () => {
    expect(names(wrapped.slice(14), 0)[0]).toBe("IPv4");
  });

  test("a frame cut anywhere says where it was cut and never throws", () => {
    for (let length = 1; length < wrapped.length; length++) expect(names(wrapped.slice(0, length)).length).toBeGreaterThan(0);
    expect(names(wrapped.slice(0, 20))).toEqual(["Ethernet", "IPv4: cut short"]);
  });

  test("TCP options and an HTTP head are named, each with its bytes", () => {
    const text = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\nhi";
    const tcp = [0x1f, 0x41, 0xd4, 0x14, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x18, 0, 64, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 9];
    const length = 20 + tcp.length + text.length;
    const packet = Uint8Array.from([0x45, 0, 0, length, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 3, 10, 1, 0, 1, ...tcp, ...[...text].map((c) => c.charCodeAt(0))]);
    expect(names(packet, 0)).toEqual(["IPv4", "TCP", "HTTP", "Body (2 bytes)"]);
    const layers = layersOf(dissect(packet, 0));
    expect(layers[1]?.fields.at(-1)).toEqual({ name: "timestamps", value: "5, echo 9", start: 42, end: 52 });
    expect(layers[2]?.fields.map((field) => `${field.name}=${field.value}`)).toEqual(["start line=HTTP/1.1 200 OK", "Server=nginx/1.22.1"]);
  });

  test("ARP names who asks for whom", () => {
    const request = Uint8Array.from([...Array<number>(6).fill(255), 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 3, 0, 0, 0, 0, 0, 0, 10, 0, 0, 4]);
    const arp = layersOf(dissect(request, 14))[1];
    expect([arp?.name, ...(arp?.fields.map((field) => field.value) ?? [])]).toEqual(["ARP request", "request (1)", "02:00:00:00:00:01", "10.0.0.3", "00:00:00:00:00:00", "10.0.0.4"]);
  });
});
