/** What dnsmasq can answer by itself, and where it sends what it cannot (answer_request and lookup_domain of the real one). */
import { type Ip4, formatIp4, ip4 } from "../../wire/addr.ts";
import {
  CLASS_CH, CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_ANY, TYPE_CNAME, TYPE_MX, TYPE_PTR, TYPE_SRV, TYPE_TXT, RCODE_NXDOMAIN, RCODE_REFUSED,
  type DnsQuestion, type DnsRecord,
} from "../../wire/dns.ts";
import { isWithin, nameToWire, readName, sameName } from "../../wire/dns-name.ts";
import { utf8 } from "../../wire/text.ts";
import { formatIp6 } from "../lib/ip6.ts";
import { typeName } from "../lib/dns-types.ts";
import type { Cache } from "./cache.ts";
import type { Config, DomainRule, Upstream } from "./config.ts";
import type { Database, HostEntry } from "./database.ts";

export interface Answer {
  readonly is: "answer";
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** Extended error (RFC 8914) that goes with it. */
  readonly ede?: number;
  readonly log: readonly string[];
}
export type Verdict = Answer | { readonly is: "forward"; readonly to: readonly Upstream[] };

export const VERSION = "2.90";
const EDE_NOT_READY = 14;

export interface Knowledge {
  readonly config: Config;
  readonly database: Database;
  readonly cache: Cache;
  /** Servers for everything, from options and resolv.conf. */
  readonly servers: readonly Upstream[];
}

export const shownName = (name: string): string => (name === "." ? "." : name.replace(/\.$/, ""));

/** No server to ask: REFUSED, "not ready". */
export const notReady = (): Answer => ({
  is: "answer", rcode: RCODE_REFUSED, authoritative: false, answers: [], additional: [], ede: EDE_NOT_READY, log: ["config error is REFUSED (EDE: not ready)"],
});

export function decide(known: Knowledge, q: DnsQuestion, nowNs: number): Verdict {
  const local = new LocalAnswer(known, q);
  local.collect();
  if (local.answers.length > 0) return local.finished();
  const cached = q.cls === CLASS_IN ? known.cache.lookUp(q.name, q.type, nowNs) : null;
  if (cached !== null) return { is: "answer", rcode: 0, authoritative: false, answers: cached, additional: [], log: cached.map((r) => `cached ${describe(r)}`) };
  return byRule(known, q);
}

/** Collects what the configuration and the hosts files say about a question. */
class LocalAnswer {
  readonly answers: DnsRecord[] = [];
  readonly additional: DnsRecord[] = [];
  readonly #log: string[] = [];
  readonly #known: Knowledge;
  readonly #q: DnsQuestion;
  #name: string;

  constructor(known: Knowledge, q: DnsQuestion) {
    this.#known = known;
    this.#q = q;
    this.#name = q.name;
  }

  finished(): Answer {
    return { is: "answer", rcode: 0, authoritative: true, answers: this.answers, additional: this.additional, log: this.#log };
  }

  collect(): void {
    const { type, cls } = this.#q;
    if (cls === CLASS_CH) return this.#chaos();
    if (cls !== CLASS_IN) return;
    this.#aliases();
    for (const record of this.#known.config.records) {
      if (sameName(record.name, this.#name) && (record.type === type || type === TYPE_ANY)) this.#configured(record);
    }
    if (type === TYPE_PTR && this.answers.length === 0) this.#reverse();
    if (type === TYPE_A || type === TYPE_AAAA || type === TYPE_ANY) this.#hosts();
  }

  #push(type: number, data: Uint8Array): void {
    this.answers.push({ name: this.#name, type, cls: this.#q.cls, ttl: this.#known.config.localTtl, data });
  }

  #chaos(): void {
    const text = shownName(this.#name).toLowerCase() === "version.bind" && this.#q.type === TYPE_TXT ? utf8(`dnsmasq-${VERSION}`) : null;
    if (text === null) return;
    this.#log.push(`config ${shownName(this.#name)} is <TXT>`);
    this.#push(TYPE_TXT, Uint8Array.of(text.length, ...text));
  }

  #aliases(): void {
    for (let hops = 0; hops < 16; hops++) {
      const target = this.#known.config.cnames.get(this.#name.toLowerCase());
      const wire = target === undefined ? "bad escape" : nameToWire(target);
      if (target === undefined || typeof wire === "string") return;
      this.#log.push(`config ${shownName(this.#name)} is <CNAME>`);
      this.#push(TYPE_CNAME, wire);
      if (this.#q.type === TYPE_CNAME) return;
      this.#name = target;
    }
  }

  #configured(record: DnsRecord): void {
    this.#log.push(`config ${shownName(this.#name)} is <${typeName(record.type)}>`);
    this.#push(record.type, record.data);
    const target = record.type === TYPE_MX ? readName(record.data, 2) : record.type === TYPE_SRV ? readName(record.data, 6) : null;
    for (const entry of target === null ? [] : this.#known.database.lookUp(target.text)) {
      this.additional.push({ name: target?.text ?? ".", ...addressRecord(entry), cls: CLASS_IN, ttl: this.#known.config.localTtl });
    }
  }

  #reverse(): void {
    const addr = addressOfReverse(this.#name);
    const entry = addr === null ? undefined : this.#known.database.nameOf(addr);
    const wire = entry === undefined ? "bad escape" : nameToWire(entry.name);
    if (addr === null || entry === undefined || typeof wire === "string") return;
    this.#log.push(`${entry.source} ${formatIp4(addr)} is ${shownName(entry.name)}`);
    this.#push(TYPE_PTR, wire);
  }

  #hosts(): void {
    const wanted = this.#q.type;
    for (const entry of this.#known.database.lookUp(this.#name)) {
      const { type, data } = addressRecord(entry);
      if (wanted !== type && wanted !== TYPE_ANY) continue;
      this.#log.push(`${entry.source} ${shownName(this.#name)} is ${addressText(type, data)}`);
      this.#push(type, data);
    }
  }
}

const bytesOf = (a: Ip4): Uint8Array => Uint8Array.of(a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255);
const addressRecord = (e: HostEntry): { readonly type: number; readonly data: Uint8Array } =>
  e.addr4 !== null ? { type: TYPE_A, data: bytesOf(e.addr4) } : { type: TYPE_AAAA, data: e.addr6 ?? new Uint8Array(16) };
const addressText = (type: number, data: Uint8Array): string => (type === TYPE_A ? [...data].join(".") : formatIp6(data));

/** 1.0.0.10.in-addr.arpa. → 10.0.0.1 */
export function addressOfReverse(name: string): Ip4 | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa\.$/i.exec(name);
  const [d = 0, c = 0, b = 0, a = 0] = (found ?? []).slice(1).map(Number);
  return found === null || [a, b, c, d].some((n) => n > 255) ? null : ip4(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
}

/** The most specific rule of `--address`, `--local` and `--server`, then the servers for everything. */
function byRule(known: Knowledge, q: DnsQuestion): Verdict {
  const rules = mostSpecific(known.config.rules, q);
  const address = rules.find((r) => r.is === "address4" || r.is === "address6");
  if (address !== undefined) return fromAddressRule(known, q, address);
  if (isBogusPrivate(known.config, q)) return { ...missing(known, q), authoritative: true };
  if (rules.some((r) => r.is === "local") || isPlain(known.config, q)) return missing(known, q);
  const own = rules.flatMap((r) => (r.upstream === undefined ? [] : [r.upstream]));
  const to = own.length > 0 ? own : known.servers;
  return to.length === 0 || q.cls !== CLASS_IN ? notReady() : { is: "forward", to };
}

/** `--address` only speaks for its own family; for the other types the next best rule counts. */
function mostSpecific(rules: readonly DomainRule[], q: DnsQuestion): DomainRule[] {
  const applies = (r: DomainRule): boolean => (r.is === "address4" ? q.type === TYPE_A || q.type === TYPE_ANY : r.is === "address6" ? q.type === TYPE_AAAA || q.type === TYPE_ANY : true);
  const fitting = rules.filter((r) => isWithin(q.name, r.domain) && applies(r));
  const longest = Math.max(...fitting.map((r) => r.domain.length));
  return fitting.filter((r) => r.domain.length === longest);
}

function fromAddressRule(known: Knowledge, q: DnsQuestion, rule: DomainRule): Answer {
  const [type, data] = rule.is === "address4" ? [TYPE_A, bytesOf(rule.addr4 ?? ip4(0))] as const : [TYPE_AAAA, rule.addr6 ?? new Uint8Array(16)] as const;
  const record = { name: q.name, type, cls: CLASS_IN, ttl: known.config.localTtl, data };
  return { is: "answer", rcode: 0, authoritative: true, answers: [record], additional: [], log: [`config ${shownName(q.name)} is ${addressText(type, data)}`] };
}

/** `--domain-needed`: names without a dot never leave. */
const isPlain = (config: Config, q: DnsQuestion): boolean => config.domainNeeded && !shownName(q.name).includes(".") && (q.type === TYPE_A || q.type === TYPE_AAAA);

/** `--bogus-priv`: nor do reverse names of private addresses. */
function isBogusPrivate(config: Config, q: DnsQuestion): boolean {
  const addr = config.bogusPriv && q.type === TYPE_PTR ? addressOfReverse(q.name) : null;
  return addr !== null && (addr >>> 24 === 10 || addr >>> 20 === 0xac1 || addr >>> 16 === 0xc0a8 || addr >>> 24 === 127 || addr >>> 16 === 0xa9fe);
}

/** A name of a local domain without this type, or without anything. */
function missing(known: Knowledge, q: DnsQuestion): Answer {
  const exists = known.database.exists(q.name);
  const what = exists ? noData(q.type) : "NXDOMAIN";
  return { is: "answer", rcode: exists ? 0 : RCODE_NXDOMAIN, authoritative: false, answers: [], additional: [], log: [`config ${subject(q)} is ${what}`] };
}

export const noData = (type: number): string => (type === TYPE_A ? "NODATA-IPv4" : type === TYPE_AAAA ? "NODATA-IPv6" : "NODATA");

/** Reverse names are logged as the address they stand for. */
export function subject(q: { readonly name: string; readonly type: number }): string {
  const addr = q.type === TYPE_PTR ? addressOfReverse(q.name) : null;
  return addr === null ? shownName(q.name) : formatIp4(addr);
}

/** `web.lab is 10.0.0.1`, `al.lab is <CNAME>`, `10.0.0.1 is web.lab`. */
export function describe(record: DnsRecord): string {
  const { type, data } = record;
  if (type === TYPE_A || type === TYPE_AAAA) return `${shownName(record.name)} is ${addressText(type, data)}`;
  if (type === TYPE_PTR) return `${subject(record)} is ${shownName(readName(data, 0)?.text ?? ".")}`;
  if (type === TYPE_TXT) return `${shownName(record.name)} is ${String.fromCharCode(...data.subarray(1, 1 + (data[0] ?? 0)))}`;
  return `${shownName(record.name)} is <${typeName(type)}>`;
}
