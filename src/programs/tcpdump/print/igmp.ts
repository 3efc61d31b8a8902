import { internetSum } from "./checksum.ts";
import type { Printout } from "./printout.ts";
import { hex, relativeTime, tok } from "./text.ts";
import type { Words } from "./text.ts";

const RECORD_TYPES: Words = { 1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block" };
const [QUERY, REPORT_V1, REPORT_V2, LEAVE, REPORT_V3] = [0x11, 0x12, 0x16, 0x17, 0x22];
/** Types known by name whose bodies are not dissected here. */
const OTHERS: Words = { 0x13: "igmp dvmrp", 0x14: "igmp pimv1", 0x1e: "mresp", 0x1f: "mtrace" };
/** A maximum response time of 10 s is the default and not shown. */
const DEFAULT_RESPONSE = 100;

/** IGMP v1 to v3 (RFC 1112, 2236, 3376). */
export function printIgmp(p: Printout, at: number, length: number): void {
  p.protocol = "igmp";
  if (p.opts.quiet) return p.put("igmp");
  printMessage(p, p.u8(at), at, length);
  if (p.opts.verbose > 0 && length >= 4 && p.has(at, length) && internetSum(p.bytes, at, length) !== 0)
    p.put(` bad igmp cksum ${hex(p.u16(at + 2))}!`);
}

function printMessage(p: Printout, type: number, at: number, length: number): void {
  const oddLength = length === 8 ? "" : ` [len ${length}]`;
  if (type === QUERY) {
    p.put("igmp query");
    if (length >= 12) printQueryV3(p, at, length);
    else printQuery(p, at, oddLength);
  } else if (type === REPORT_V1) p.put(`igmp v1 report ${p.ip4(at + 4)}${oddLength}`);
  else if (type === REPORT_V2) p.put(`igmp v2 report ${p.ip4(at + 4)}`);
  else if (type === LEAVE) p.put(`igmp leave ${p.ip4(at + 4)}`);
  else if (type === REPORT_V3) {
    p.put("igmp v3 report");
    printReportV3(p, at, length);
  } else p.put(tok(OTHERS, type, "igmp-%u"));
}

function printQuery(p: Printout, at: number, oddLength: string): void {
  const response = p.u8(at + 1);
  p.put(response === 0 ? " v1" : ` v2${response === DEFAULT_RESPONSE ? "" : ` [max resp time ${response}]`}`);
  p.put(`${p.u32(at + 4) === 0 ? "" : ` [gaddr ${p.ip4(at + 4)}]`}${oddLength}`);
}

function printQueryV3(p: Printout, at: number, length: number): void {
  p.put(" v3");
  if (length % 4 !== 0) return p.put(` [invalid len ${length}]`);
  const code = p.u8(at + 1);
  const tenths = code < 128 ? code : ((code & 15) | 16) << (((code & 0x70) >> 4) + 3);
  if (code !== DEFAULT_RESPONSE)
    p.put(` [max resp time ${tenths < 600 ? `${(tenths * 0.1).toFixed(1)}s` : relativeTime(Math.floor(tenths / 10))}]`);
  if (p.u32(at + 4) === 0) return;
  p.put(` [gaddr ${p.ip4(at + 4)}`);
  const sources = p.u16(at + 10);
  if (sources > 0 && length < 12 + sources * 4) p.put(" [invalid number of sources]");
  else if (sources > 0) p.put(p.opts.verbose > 1 ? ` {${sourceList(p, at + 12, sources)} }` : `, ${sources} source(s)`);
  p.put("]");
}

const sourceList = (p: Printout, at: number, count: number): string =>
  Array.from({ length: count }, (_, i) => ` ${p.ip4(at + i * 4)}`).join("");

function printReportV3(p: Printout, at: number, length: number): void {
  if (length < 16 || length % 4 !== 0) return p.put(` [invalid len ${length}]`);
  const groups = p.u16(at + 6);
  p.put(`, ${groups} group record(s)`);
  if (p.opts.verbose === 0) return;
  for (let i = 0, offset = 8; i < groups; i++) {
    if (length < offset + 8) return p.put(" [invalid number of groups]");
    const record = at + offset;
    p.put(` [gaddr ${p.ip4(record + 4)} ${tok(RECORD_TYPES, p.u8(record), " [v3-report-#%u]")}`);
    const sources = p.u16(record + 2);
    offset += 8 + sources * 4;
    if (length < offset) return p.put(` [invalid number of sources ${sources}]`);
    p.put(p.opts.verbose === 1 ? `, ${sources} source(s)]` : ` {${sourceList(p, record + 8, sources)} }]`);
  }
}
