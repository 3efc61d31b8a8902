/** One question of dig, host or nslookup, and everything that was said about how to ask it. */
import type { Ip4 } from "../../wire/addr.ts";
import type { EdnsOption } from "../../wire/dns.ts";

export interface Server {
  /** As it was named. */
  readonly name: string;
  readonly addr: Ip4;
}

export interface Lookup {
  /** As typed, without search list. */
  name: string;
  type: number;
  typeGiven: boolean;
  cls: number;
  classGiven: boolean;
  /** Servers of its own; null = those for all. */
  servers: readonly Server[] | null;
  port: number;
  from: { readonly addr: Ip4; readonly port: number } | null;
  tcp: boolean;
  tcpGiven: boolean;
  tries: number;
  timeoutS: number;
  search: boolean;
  showSearch: boolean;
  ndots: number | null;
  domain: string | null;
  recurse: boolean;
  aaFlag: boolean;
  adFlag: boolean;
  cdFlag: boolean;
  raFlag: boolean;
  tcFlag: boolean;
  zFlag: boolean;
  opcode: number;
  id: number | null;
  edns: number | null;
  udpBytes: number;
  dnssec: boolean;
  ednsFlags: number;
  cookie: boolean;
  nsid: boolean;
  subnet: EdnsOption | null;
  padding: number;
  keepalive: boolean;
  extraOptions: readonly EdnsOption[];
  /** +fail: SERVFAIL is an answer like others. */
  servfailStops: boolean;
  ignoreTc: boolean;
  headerOnly: boolean;
  show: Show;
}

/** What is printed. */
export interface Show {
  cmd: boolean;
  comments: boolean;
  question: boolean;
  answer: boolean;
  authority: boolean;
  additional: boolean;
  stats: boolean;
  short: boolean;
  identify: boolean;
  query: boolean;
  class: boolean;
  ttl: boolean;
  ttlUnits: boolean;
  multiline: boolean;
  split: number;
  unknown: boolean;
  expandAaaa: boolean;
  microseconds: boolean;
}

export const newShow = (): Show => ({
  cmd: true, comments: true, question: true, answer: true, authority: true, additional: true, stats: true, short: false, identify: false, query: false,
  class: true, ttl: true, ttlUnits: false, multiline: false, split: 56, unknown: false, expandAaaa: false, microseconds: false,
});

export const newLookup = (): Lookup => ({
  name: ".", type: 1, typeGiven: false, cls: 1, classGiven: false, servers: null, port: 53, from: null, tcp: false, tcpGiven: false, tries: 3, timeoutS: 5,
  search: false, showSearch: false, ndots: null, domain: null, recurse: true, aaFlag: false, adFlag: true, cdFlag: false, raFlag: false, tcFlag: false, zFlag: false,
  opcode: 0, id: null, edns: 0, udpBytes: 1232, dnssec: false, ednsFlags: 0, cookie: true, nsid: false, subnet: null, padding: 0, keepalive: false, extraOptions: [],
  servfailStops: true, ignoreTc: false, headerOnly: false, show: newShow(),
});

export const copyOf = (lookup: Lookup): Lookup => ({ ...lookup, show: { ...lookup.show } });
