import { printArp } from "./arp.ts";
import { printIp } from "./ip.ts";
import { printIp6 } from "./ip6.ts";
import type { Printout } from "./printout.ts";

type Dissector = (p: Printout, at: number, length: number) => void;

const DISSECTORS: ReadonlyMap<number, Dissector> = new Map([
  [0x0800, printIp],
  [0x86dd, printIp6],
  [0x0806, printArp],
  [0x8035, printArp],
]);

/** What an EtherType carries; false when it is not dissected here. `_frame` is where the MAC addresses are. */
export function printEtherPayload(p: Printout, type: number, at: number, length: number, _frame: number | null): boolean {
  const dissector = DISSECTORS.get(type);
  dissector?.(p, at, length);
  return dissector !== undefined;
}
