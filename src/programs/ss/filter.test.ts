import { describe, expect, test } from "vitest";
import type { InetDiagRow } from "../../net/uapi/sock-diag.ts";
import { OsTestbed, program } from "../../os/testbed.ts";
import { ip4 } from "../../wire/addr.ts";
import { isFilterError, parseFilter } from "./filter.ts";
import { matches } from "./match.ts";
import { Query } from "./query.ts";

const MEM = { rmemAlloc: 0, rcvbuf: 0, wmemAlloc: 0, sndbuf: 0, fwdAlloc: 0, wmemQueued: 0, optmem: 0, backlog: 0, drops: 0 };
/** 10.0.0.3:43872 → 10.1.0.1:2379. */
const ROW: InetDiagRow = {
  family: "inet", type: "stream", protocol: 6, state: "ESTABLISHED", local: ip4(0x0a000003), localPort: 43872, remote: ip4(0x0a010001), remotePort: 2379, ifindex: 0,
  rqueue: 0, wqueue: 0, uid: 0, inode: 7, cookie: 1, timer: null, mark: 0x12, tos: 0, mem: MEM, info: null,
};

/** true or false = does the row pass; a text = why the filter is refused. */
function ask(filter: string): boolean | string {
  let answer: boolean | string = "not run";
  const bed = new OsTestbed();
  bed.run(program(function* (sys) {
    const query = new Query();
    query.addTable("tcp");
    query.complete();
    const parsed = yield* parseFilter(sys, query, filter.split(" "));
    if (parsed === null) throw new Error("no filter");
    answer = isFilterError(parsed) ? parsed.error.split("\n")[0]! : matches(parsed, ROW, { low: 32768, high: 60999 });
  }));
  return answer;
}

describe("the filter language of ss", () => {
  test.each([
    ["dst 10.1.0.1", true], ["dst 10.1.0.1:2379", true], ["dst 10.1.0.1:80", false], ["dst 10.0.0.0/8", true], ["src 10.1/16", false], ["dport = :2379", true],
    ["sport != :2379", true], ["dport gt 2378", true], ["dport gt 2379", false], ["dport lt 2380", true], ["dport >= 2379 and dport <= 2379", true],
    ["not dst 10.1.0.1", false], ["( dport = :1 or dport = :2379 ) and src 10.0.0.3", true], ["autobound", true], ["fwmark = 0x12", true], ["fwmark = 0x10/0xf0", true],
    ["fwmark 0x13", false], ["dst *:2379", true], ["dst [10.1.0.1]:2379", true], ["dst any", true], ["src 10.0.0.3 dst 10.1.0.1", true],
  ] as const)("%s → %s", (filter, passes) => {
    expect(ask(filter)).toBe(passes);
  });

  test("and binds no closer than or: from left to right", () => {
    expect(ask("dport = :2379 or dport = :1 and dport = :1")).toBe(false);
  });

  test.each([
    ["dport = :nosuch", 'Error: "nosuch" does not look like a port.'], ["dst 10.0.0.0/33", 'Error: an inet prefix is expected rather than "10.0.0.0/33".'],
    ["sport", 'ss: bison bellows (while parsing filter): "syntax error!" Sorry.'], ["( dport = :1", 'ss: bison bellows (while parsing filter): "syntax error!" Sorry.'],
    ["dev nosuch0", "Cannot parse device."], ["fwmark x", "Cannot parse mark x."],
  ] as const)("%s → %s", (filter, words) => {
    expect(ask(filter)).toBe(words);
  });
});
