import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DNS_QR, DNS_RD, decodeDns, encodeDns, type DnsMessage, EDNS_COOKIE, ednsOptions, optOf, optRecord, rcodeOf, TYPE_A, TYPE_MX } from "./dns.ts";
import { isWithin, nameToWire, readName, reverseName } from "./dns-name.ts";

const hex = (b: Uint8Array): string => [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
const bytes = (text: string): Uint8Array => Uint8Array.from(text.match(/../g)!.map((h) => parseInt(h, 16)));

describe("names", () => {
  it("labels, the root, and a final dot that may be missing", () => {
    expect(hex(nameToWire("web.lab") as Uint8Array)).toBe("037765620" + "36c616200");
    expect(nameToWire("web.lab.")).toEqual(nameToWire("web.lab"));
    expect(hex(nameToWire(".") as Uint8Array)).toBe("00");
  });

  it("what is no name, in the words of the tools", () => {
    expect([nameToWire("a..b"), nameToWire(`${"a".repeat(64)}.x`), nameToWire(`${"abcdefg.".repeat(32)}`)]).toEqual(["empty label", "label too long", "ran out of space"]);
  });

  it("bytes that mean something in text are escaped and come back", () => {
    const wire = bytes("0561" + "2e" + "0020ff" + "00");
    const name = readName(wire, 0)!;
    expect(name.text).toBe("a\\.\\000\\032\\255.");
    expect(nameToWire(name.text)).toEqual(wire);
  });

  it("a pointer to itself is no name", () => {
    expect(readName(bytes("c000"), 0)).toBeNull();
  });

  it("below a domain or the domain itself, whatever the case", () => {
    expect([isWithin("A.lab.", "LAB."), isWithin("lab.", "lab."), isWithin("xlab.", "lab."), isWithin("x.", ".")]).toEqual([true, true, false, true]);
    expect(reverseName("10.0.0.1")).toBe("1.0.0.10.in-addr.arpa.");
  });
});

/** A reply with compressed names as dnsmasq sent it to `dig mail.test MX`, EDNS included. */
const REPLY = "2a2a85800001000100000001" + "046d61696c0474657374" + "00000f0001" + "c00c000f000100000000000c000a036d783104746573740" + "0" + "0000290" + "4d0000000000000";

describe("messages", () => {
  it("reads a reply: question, record with its name spelled out, EDNS", () => {
    const m = decodeDns(bytes(REPLY))!;
    expect(m.questions).toEqual([{ name: "mail.test.", type: TYPE_MX, cls: 1 }]);
    expect([m.answers[0]!.name, hex(m.answers[0]!.data)]).toEqual(["mail.test.", "000a036d78310474657374" + "00"]);
    expect([optOf(m)!.cls, rcodeOf(m)]).toEqual([1232, 0]);
    expect(hex(encodeDns(m)!)).toBe(REPLY);
  });

  it("a pointer into data is followed", () => {
    const m = decodeDns(bytes("000181800001000100000000" + "0161017800" + "00020001" + "c00c0002000100000001" + "0004" + "016ec00e"))!;
    expect(readName(m.answers[0]!.data, 0)!.text).toBe("n.x.");
  });

  it("options of EDNS come back", () => {
    const opt = optRecord(1232, [{ code: EDNS_COOKIE, data: Uint8Array.of(1, 2, 3) }], 0x8000);
    expect([opt.ttl, ednsOptions(opt)]).toEqual([0x8000, [{ code: EDNS_COOKIE, data: Uint8Array.of(1, 2, 3) }]]);
  });

  it("what is cut off is no message, wherever it is cut", () => {
    const whole = bytes(REPLY);
    for (let n = 0; n < whole.length; n++) expect(decodeDns(whole.subarray(0, n))).toBeNull();
  });

  it("any bytes: an answer or null, never a throw; what was read is written and read alike", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (b) => {
      const m = decodeDns(b);
      const again = m === null ? null : encodeDns(m);
      if (m !== null && again !== null) expect(decodeDns(again)).toEqual(m);
    }), { numRuns: 2000 });
  });

  it("any message of A records survives", () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((l) => `${l.join(".")}.`);
    fc.assert(fc.property(name, fc.array(fc.tuple(name, fc.uint8Array({ minLength: 4, maxLength: 4 })), { maxLength: 5 }), (question, rows) => {
      const answers = rows.map(([owner, data]) => ({ name: owner, type: TYPE_A, cls: 1, ttl: 60, data }));
      const m: DnsMessage = { id: 7, flags: DNS_QR | DNS_RD, questions: [{ name: question, type: TYPE_A, cls: 1 }], answers, authority: [], additional: [] };
      expect(decodeDns(encodeDns(m)!)).toEqual(m);
    }), { numRuns: 300 });
  });
});
