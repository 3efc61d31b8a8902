import type { SockDiagRow } from "../../net/uapi/sock-diag.ts";
import { maskOf, type Ip4 } from "../../wire/addr.ts";
import { globRegex } from "../lib/glob.ts";
import type { Filter } from "./filter.ts";
import type { Cond } from "./hostcond.ts";

/** First and last ephemeral port: what `autobound` means. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** Does the filter let this socket through? */
export function matches(f: Filter, row: SockDiagRow, ephemeral: PortRange): boolean {
  switch (f.is) {
    case "and": return matches(f.a, row, ephemeral) && matches(f.b, row, ephemeral);
    case "or": return matches(f.a, row, ephemeral) || matches(f.b, row, ephemeral);
    case "not": return !matches(f.a, row, ephemeral);
    case "src": case "dst": return isAt(f.cond, endOf(row, f.is));
    case "port": return f.op === "ge" ? endOf(row, f.side).port >= f.port : endOf(row, f.side).port <= f.port;
    case "dev": return (row.family === "unix" ? 0 : row.ifindex) === f.ifindex;
    case "mark": return ((row.family === "inet" ? row.mark : 0) & f.mask) >>> 0 === f.mark;
    case "autobound": return isAutobound(row, ephemeral);
  }
}

interface End {
  readonly addr: Ip4 | null;
  readonly port: number;
  readonly path: string;
  readonly protocol: number;
}

function endOf(row: SockDiagRow, side: "src" | "dst"): End {
  const none = { addr: null, port: 0, path: "", protocol: 0 };
  if (row.family === "inet") return side === "src" ? { ...none, addr: row.local, port: row.localPort } : { ...none, addr: row.remote, port: row.remotePort };
  if (row.family === "packet") return side === "src" ? { ...none, port: row.ifindex, protocol: row.protocol } : none;
  return side === "src" ? { ...none, path: row.path.replace(/\0/g, "@"), port: row.inode } : { ...none, port: row.peer };
}

function isAt(cond: Cond, end: End): boolean {
  if (cond.is === "unix") return globRegex(cond.pattern, "i").test(end.path);
  if (cond.port !== null && cond.port !== end.port) return false;
  if (cond.is === "link") return cond.protocol === null || cond.protocol === end.protocol;
  return cond.nets.length === 0 || cond.nets.some(({ addr, bits }) => end.addr !== null && ((end.addr ^ addr) & maskOf(bits)) === 0);
}

function isAutobound(row: SockDiagRow, { low, high }: PortRange): boolean {
  if (row.family === "unix") return row.path === "" || /^\0[0-9a-f]{5}$/.test(row.path);
  if (row.family === "packet") return row.ifindex === 0 && row.protocol === 0;
  return row.localPort >= low && row.localPort <= high;
}
