import type { Sys, Task } from "../../os/sys.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { reverseName } from "../../wire/dns-name.ts";
import { inetAton } from "../lib/aton.ts";
import { parseIp6 } from "../lib/ip6.ts";
import { resolveName } from "../lib/resolve.ts";
import type { Server } from "./lookup.ts";

/** get_reverse: the name under in-addr.arpa or ip6.arpa that an address is looked up by; null when the text is no address. */
export function reverseOfAddress(text: string): string | null {
  const six = parseIp6(text);
  if (six !== null) return `${[...six].reverse().flatMap((b) => [(b & 15).toString(16), (b >>> 4).toString(16)]).join(".")}.ip6.arpa.`;
  return parseIp4(text) === null ? null : reverseName(text);
}

/** A server by address or name; null when the name is not found. */
export function* serversNamed(sys: Sys, name: string): Task<Server[] | null> {
  const literal = inetAton(name);
  if (literal !== null) return [{ name, addr: literal }];
  const found = yield* resolveName(sys, name);
  return found.is === "failed" ? null : found.addresses.map((addr) => ({ name, addr }));
}
