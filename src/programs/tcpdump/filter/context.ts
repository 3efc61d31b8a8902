import type { Ip4 } from "../../../wire/addr.ts";
import type { Node } from "./node.ts";
import type { LinkState } from "./link.ts";

/** Where names in a filter come from: /etc/hosts, services(5), protocols(5). */
export interface FilterNames {
  /** All addresses of a host, empty when it is unknown. */
  host4(name: string): readonly Ip4[];
  /** Four 32-bit words each. */
  host6(name: string): readonly (readonly number[])[];
  /** `null` = no such service over that protocol. */
  service(name: string, protocol: "tcp" | "udp" | "sctp"): number | null;
  protocol(name: string): number | null;
}

/** Direction qualifiers. The 802.11 ones parse, and are refused where they have no meaning. */
export type Direction = "default" | "src" | "dst" | "or" | "and" | "addr1" | "addr2" | "addr3" | "addr4" | "ra" | "ta";
export type AddressType = "default" | "host" | "net" | "port" | "portrange" | "proto" | "protochain" | "gateway" | "undefined";

/** Qualifiers of an id; a bare id takes those of the id before it. */
export interface Qualifiers {
  /** A protocol keyword, or "default". */
  readonly proto: string;
  readonly dir: Direction;
  readonly addr: AddressType;
}

export const NO_QUALIFIERS: Qualifiers = { proto: "default", dir: "default", addr: "undefined" };

/** What a compilation knows; the first error counts. */
export interface Compilation {
  readonly link: LinkState;
  /** "Ethernet", "Linux cooked v2", …, for error texts. */
  readonly linkName: string;
  readonly names: FilterNames;
  /** Of the capturing interface; 0 for files. */
  readonly netmask: number;
  /** Frames come from an interface, not from a file. */
  readonly live: boolean;
  error: string | null;
}

export function fail(c: Compilation, why: string): null {
  c.error ??= why;
  return null;
}

/** An id alone, behind something that is no id. */
export const notAnId = (c: Compilation): null => fail(c, "syntax error in filter expression");

export const both = (a: Node | null, b: Node | null): Node | null => (a === null || b === null ? null : { is: "and", a, b });
export const either = (a: Node | null, b: Node | null): Node | null => (a === null || b === null ? null : { is: "or", a, b });
