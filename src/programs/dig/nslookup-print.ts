/** nslookup's own way to show records. */
import { DNS_AA, TYPE_A, TYPE_AAAA, TYPE_OPT, TYPE_SOA, type DnsMessage, type DnsRecord } from "../../wire/dns.ts";
import { rdataText, readSoa } from "../lib/dns-rdata.ts";
import { className, typeName } from "../lib/dns-types.ts";
import { shownName } from "./ask.ts";

const SAYS: Readonly<Record<number, string>> = {
  1: "internet address = ", 2: "nameserver = ", 5: "canonical name = ", 6: "soa", 11: "wks", 12: "name = ", 13: "hinfo = ", 15: "mail exchanger = ", 16: "text = ", 19: "x25 address = ",
  20: "isdn address = ", 24: "signature = ", 25: "key = ", 28: "has AAAA address ", 29: "location", 33: "service = ", 35: "naptr = ",
};

function soaLines(record: DnsRecord): string {
  const soa = readSoa(record.data);
  if (soa === null) return "";
  const words = ["serial", "refresh", "retry", "expire", "minimum"];
  return `\torigin = ${shownName(soa.origin)}\n\tmail addr = ${shownName(soa.mailbox)}\n${soa.numbers.map((n, i) => `\t${words[i]} = ${n}\n`).join("")}`;
}

/** Records of a section, a line each. */
export function sectionText(records: readonly DnsRecord[], isAnswer: boolean): string {
  return records.filter((r) => r.type !== TYPE_OPT).map((r) => {
    const name = shownName(r.name);
    if (isAnswer && (r.type === TYPE_A || r.type === TYPE_AAAA)) return `Name:\t${name}\nAddress: ${rdataText(r)}\n`;
    if (r.type === TYPE_SOA) return `${name}\n${soaLines(r)}`;
    return `${name}\t${SAYS[r.type] ?? `rdata_${r.type} = `}${rdataText(r)}\n`;
  }).join("");
}

/** The whole message, as `set debug` shows it. */
export function debugText(m: DnsMessage): string {
  const questions = m.questions.map((q) => `\t${shownName(q.name)}, type = ${typeName(q.type)}, class = ${className(q.cls)}\n`).join("");
  const details = (records: readonly DnsRecord[]): string => records.filter((r) => r.type !== TYPE_OPT).map((r) => {
    const data = r.type === TYPE_SOA ? soaLines(r) : `\t${SAYS[r.type] ?? `rdata_${r.type} = `}${rdataText(r)}\n`;
    return `    ->  ${shownName(r.name)}\n${data}\tttl = ${r.ttl}\n`;
  }).join("");
  return `------------\n    QUESTIONS:\n${questions}    ANSWERS:\n${details(m.answers)}    AUTHORITY RECORDS:\n${details(m.authority)}    ADDITIONAL RECORDS:\n${details(m.additional)}------------\n`;
}

/** What is printed of an answer without error. `all`: addresses of both families were asked for. */
export function answerText(m: DnsMessage, type: number, name: string, all: boolean, found: boolean): string {
  const authoritative = (m.flags & DNS_AA) !== 0;
  const head = !authoritative && (!all || type === TYPE_A) ? "Non-authoritative answer:\n" : "";
  const isAddress = type === TYPE_A || type === TYPE_AAAA;
  const nothing = m.answers.length === 0 && (!all || (type === TYPE_AAAA && !found)) ? `*** Can't find ${shownName(name)}: No answer\n` : "";
  const where = authoritative || isAddress ? "" : `\nAuthoritative answers can be found from:\n${sectionText(m.authority, false)}${sectionText(m.additional, false)}`;
  return head + sectionText(m.answers, true) + nothing + where;
}
