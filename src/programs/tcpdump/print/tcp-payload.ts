import { printDns } from "./dns.ts";
import type { Printout } from "./printout.ts";
import { printHttp, printPlainText, printSshVersion } from "./text-protocols.ts";

type Dissector = (p: Printout, at: number, length: number) => void;

const plain = (name: string): Dissector => (p, at, length) => {
  p.put(": ");
  printPlainText(p, name, at, length);
};
const http: Dissector = (p, at, length) => {
  p.put(": ");
  printHttp(p, at, length);
};
const dns: Dissector = (p, at, length) => printDns(p, at, length, { overTcp: true, multicast: false });

/** By either port, in this order. */
const DISSECTORS: ReadonlyMap<number, Dissector> = new Map([
  [25, plain("smtp")], [43, plain("whois")], [22, printSshVersion], [21, plain("ftp")], [80, http], [8080, http], [53, dns],
]);

/** What a TCP segment carries, by its ports; nothing is added for ports without a dissector. */
export function printTcpPayload(p: Printout, at: number, length: number, from: number, to: number): void {
  if (p.opts.forced === "domain") return dns(p, at, length);
  if (p.opts.forced !== null) return;
  for (const [port, dissector] of DISSECTORS) if (from === port || to === port) return dissector(p, at, length);
}
