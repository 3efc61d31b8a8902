import { fail, notAnId } from "./context.ts";
import type { Compilation, Qualifiers } from "./context.ts";
import { host4, namedHost } from "./hosts.ts";
import type { Node } from "./node.ts";
import { portName, portNumber, portRangeName } from "./ports.ts";
import { protoByName, protoChain, protoNumber } from "./protocols.ts";

/** A number behind qualifiers: a port, a protocol, an address, or a net whose leading zeros are dropped. */
export function numberId(c: Compilation, n: number, q: Qualifiers): Node | null {
  switch (q.addr) {
    case "default":
    case "host":
    case "net":
      if (q.proto === "link") return fail(c, "illegal link layer address");
      return q.addr === "net" ? shortNet(c, n, q) : host4(c, n, 0xffffffff, q, "host");
    case "port":
    case "portrange":
      return portNumber(c, n, q);
    case "gateway":
      return fail(c, "'gateway' requires a name");
    case "proto":
      return protoNumber(c, n, q.proto, q.dir);
    case "protochain":
      return protoChain(c, n, q.proto);
    case "undefined":
      return notAnId(c);
  }
}

/** `net 10` is 10.0.0.0/8. */
function shortNet(c: Compilation, n: number, q: Qualifiers): Node | null {
  let [addr, mask] = [n, 0xffffffff];
  while (addr !== 0 && (addr & 0xff000000) === 0) {
    addr = (addr << 8) >>> 0;
    mask = (mask << 8) >>> 0;
  }
  return host4(c, addr, mask, q, "net");
}

/** A name behind qualifiers. */
export function nameId(c: Compilation, name: string, q: Qualifiers): Node | null {
  switch (q.addr) {
    case "net":
      return fail(c, `unknown network '${name}'`);
    case "default":
    case "host":
      return namedHost(c, name, q);
    case "port":
      return portName(c, name, q);
    case "portrange":
      return portRangeName(c, name, q);
    case "gateway":
      return fail(c, "'gateway' not supported in this configuration");
    case "undefined":
      return notAnId(c);
    default: {
      const n = protoByName(c, name, q.proto);
      if (n === null) return null;
      return q.addr === "proto" ? protoNumber(c, n, q.proto, q.dir) : protoChain(c, n, q.proto);
    }
  }
}
