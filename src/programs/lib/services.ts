/** services(5) and protocols(5): numbers that have names. */
import type { Sys } from "../../os/sys.ts";
import { readLines } from "./resolver/conf.ts";

export interface Service {
  readonly name: string;
  readonly port: number;
  readonly proto: string;
  readonly aliases: readonly string[];
}

/** The lines of /etc/services. */
export function readServices(sys: Sys): Service[] {
  return readLines(sys, "/etc/services").flatMap((line) => {
    const [name = "", where = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [port = "", proto = ""] = where.split("/");
    return name !== "" && /^\d+$/.test(port) && proto !== "" ? [{ name, port: Number(port), proto, aliases }] : [];
  });
}

/** getservbyname(3); without `proto` any will do. */
export const serviceByName = (sys: Sys, name: string, proto?: string): Service | undefined =>
  readServices(sys).find((s) => (s.name === name || s.aliases.includes(name)) && (proto === undefined || s.proto === proto));

/** getservbyport(3). */
export const serviceByPort = (sys: Sys, port: number, proto?: string): Service | undefined =>
  readServices(sys).find((s) => s.port === port && (proto === undefined || s.proto === proto));

export interface ProtocolName {
  readonly name: string;
  readonly number: number;
  readonly aliases: readonly string[];
}

/** The lines of /etc/protocols. */
export function readProtocols(sys: Sys): ProtocolName[] {
  return readLines(sys, "/etc/protocols").flatMap((line) => {
    const [name = "", number = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    return name !== "" && /^\d+$/.test(number) ? [{ name, number: Number(number), aliases }] : [];
  });
}
