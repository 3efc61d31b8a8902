import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Datatype, PrintFlags, TypeEnv } from "./datatype.ts";
import { noLoc, valueOf } from "./nodes.ts";
import { formatIp6, parseIp6 } from "./types-ip6-text.ts";
import { parseValue, printValue } from "./types-base.ts";
import { formatTimeMs, parseTimeMs } from "./types-time.ts";
import { concatType, DATATYPES, typeFromId, typeNamed } from "./types.ts";

const env: TypeEnv = {
  ifindexOf: (name) => (name === "lo" ? 1 : null), ifnameOf: (index) => (index === 1 ? "lo" : null), gmtOffsetSec: 0,
  uidOf: (name) => (name === "root" ? 0 : null), gidOf: (name) => (name === "root" ? 0 : null), userOf: (uid) => (uid === 0 ? "root" : null), groupOf: (gid) => (gid === 0 ? "root" : null),
};
const flags: PrintFlags = {
  reverseDns: false, service: false, stateless: false, handle: false, guid: false, numericProto: false, numericPrio: false, numericSymbol: false,
  numericTime: false, terse: false, echo: false, json: false,
};

const NOT_NUMBERS = ["verdict", "string", "ifname", "ll_addr", "cgroupsv2", "bitmask", "integer", "time", "hour"];
const numeric = DATATYPES.filter((d) => !NOT_NUMBERS.includes(d.name) && d.size > 0);
const unquoted = (text: string): string => text.replace(/^"(.*)"$/, "$1");
/** Indexes of interfaces are positive 32-bit integers. */
const biggest = (d: Datatype): bigint => (d.name === "day" ? 6n : (1n << BigInt(d.name === "iface_index" ? 31 : d.size)) - 1n);

describe("values of every type", () => {
  test.each(numeric.map((d) => [d.name, d] as const))("%s: what is printed is read back as the same number", (_name, dtype) => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: biggest(dtype) }), (n) => {
      const text = unquoted(printValue(valueOf(dtype, n), flags, env));
      const back = parseValue(dtype, text, noLoc, env);
      expect("expr" in back && back.expr.kind === "value" ? back.expr.value : `${text}: not read`).toBe(n);
    }), { numRuns: 60 });
  });

  test.each(numeric.filter((d) => d.symbols !== null).flatMap((d) => (d.symbols?.symbols ?? []).map(([word, value]) => [d.name, word, value] as const)))(
    "%s %s is %s", (name, word, value) => {
      const parsed = parseValue(typeNamed(name) ?? expect.fail(), word, noLoc, env);
      expect("expr" in parsed && parsed.expr.kind === "value" ? parsed.expr.value : null).toBe(value);
    },
  );
});

/** Recorded from nft 1.0.6. */
const ERRORS: readonly (readonly [type: string, word: string, error: string])[] = [
  ["ct_state", "foo", "Could not parse conntrack state"], ["ipv4_addr", "1.2.3.256", "Could not resolve hostname: Name or service not known"],
  ["ipv4_addr", "::1", "Could not resolve hostname: Address family for hostname not supported"], ["ether_addr", "foo", "Invalid LL address"],
  ["inet_service", "fooservice", "Could not resolve service: Servname not supported for ai_socktype"], ["inet_service", "70000", "Service out of range"],
  ["inet_proto", "foo", "Could not resolve protocol name"], ["inet_proto", "300", "Protocol out of range"], ["mark", "foo", "Could not parse packet mark"],
  ["iface_index", "foodev", "Interface does not exist"], ["uid", "foouser", "User does not exist"], ["gid", "foogroup", "Group does not exist"],
  ["uid", "4294967296", "Value too large"], ["day", "monday", "Could not parse Day of week of packet reception"], ["hour", "25:00", "wrong time format"],
  ["hour", "12:61", "Can't parse trailing input: \"1\"\n"], ["time", "4294968s", "value too large"], ["boolean", "foo", "Could not parse boolean type"],
];

test.each(ERRORS)("%s %s: %s", (name, word, error) => {
  expect(parseValue(typeNamed(name) ?? expect.fail(), word, noLoc, env)).toEqual({ error });
});

/** Recorded listings: number, text, and text with -n -S -u. */
const PRINTED: readonly (readonly [type: string, value: number, text: string, numeric: string])[] = [
  ["classid", 0x10002, "1:2", "1:2"], ["classid", 0, "none", "none"], ["classid", 0xffffffff, "root", "root"], ["ct_state", 256, "0x100", "0x100"],
  ["ct_state", 8, "new", "0x8"], ["dscp", 5, "0x05", "0x05"], ["ecn", 1, "ect1", "0x1"], ["ether_type", 0x800, "ip", "0x0800"], ["realm", 0, "\"cosmos\"", "0"],
  ["iface_type", 772, "loopback", "772"], ["mark", 5, "0x00000005", "0x00000005"], ["inet_service", 22, "22", "\"ssh\""], ["uid", 0, "0", "\"root\""],
  ["inet_proto", 58, "ipv6-icmp", "58"], ["time", 3_700_000, "1h1m40s", "3700s"], ["hour", 61_205, "\"17:00:05\"", "\"17:00:05\""], ["day", 3, "\"Wednesday\"", "3"],
];

test.each(PRINTED)("%s %i is printed %s, or in numbers %s", (name, value, text, numbers) => {
  const v = valueOf(typeNamed(name) ?? expect.fail(), value);
  const all: PrintFlags = { ...flags, service: true, guid: true, numericProto: true, numericSymbol: true, numericTime: true };
  expect([printValue(v, flags, env), printValue(v, all, env)]).toEqual([text, numbers]);
});

describe("texts", () => {
  test("IPv6: every address survives printing and reading", () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (n) => { expect(parseIp6(formatIp6(n))).toBe(n); }));
  });
  test.each([["1:0:0:2::3", "1:0:0:2::3"], ["1:0:0:2:0:0:0:3", "1:0:0:2::3"], ["::ffff:1.2.3.4", "::ffff:1.2.3.4"], ["::1.2.3.4", "::1.2.3.4"], ["::", "::"], ["fe80::1", "fe80::1"]])(
    "IPv6 %s is printed %s", (text, printed) => { expect(formatIp6(parseIp6(text) ?? -1n)).toBe(printed); },
  );
  test.each(["::1::2", "1:2:3", "12345::", "1.2.3.4", "g::", "1:2:3:4:5:6:7:8:9"])("IPv6 %s is refused", (text) => { expect(parseIp6(text)).toBeNull(); });
  test("spans of time survive printing and reading", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4_000_000_000 }), (ms) => { expect(parseTimeMs(formatTimeMs(ms))).toBe(ms); }));
  });
});

test("a concatenation's number leads back to its fields", () => {
  const single = DATATYPES.filter((d) => d.size > 0);
  fc.assert(fc.property(fc.array(fc.constantFrom(...single), { minLength: 2, maxLength: 5 }), (fields) => {
    expect(typeFromId(concatType(fields).id)?.subtypes?.map((d) => d.name)).toEqual(fields.map((d) => d.name));
  }));
});
