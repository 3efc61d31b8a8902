import type { Ip4 } from "../../../wire/addr.ts";

/** Where names for numbers come from when -n is not given. `null` = there is none, print the number. */
export interface Names {
  host4(addr: Ip4): string | null;
  /** By the address's text form. */
  host6(addr: string): string | null;
  port(protocol: "tcp" | "udp", port: number): string | null;
}
