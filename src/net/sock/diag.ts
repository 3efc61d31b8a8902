import type { Netns } from "../core/netns.ts";
import type { SockDiagRow, SockDiagTable } from "../uapi/sock-diag.ts";

/** sock_diag(7): the sockets of a namespace, table by table, in the order of the kernel's tables. */
export function sockDiag(ns: Netns, tables: readonly SockDiagTable[]): readonly SockDiagRow[] {
  return tables.flatMap((table) => READERS[table](ns));
}

const READERS: Readonly<Record<SockDiagTable, (ns: Netns) => readonly SockDiagRow[]>> = {
  tcp: () => [], udp: () => [], raw: () => [], icmp: () => [], unix: () => [], packet: () => [],
};
