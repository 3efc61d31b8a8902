import type { LongOption } from "./getopt.ts";

/** The options of iptables itself. */
export const OPTSTRING = "A:C:D:E:F::I:L::M:N:P:VX::Z::c:d:i:j:o:p:s:t:R:S::W::46bfg:h::m:nvw::x";

const required = (names: string): LongOption[] => entries(names, "required");
const entries = (names: string, arg: LongOption["arg"]): LongOption[] =>
  names.split(" ").map((n) => ({ name: n.slice(0, n.lastIndexOf(":")), tag: n.slice(n.lastIndexOf(":") + 1), arg }));

export const LONG_OPTIONS: readonly LongOption[] = [
  ...required("append:A delete:D check:C insert:I replace:R new-chain:N rename-chain:E policy:P source:s destination:d src:s dst:d protocol:p in-interface:i jump:j table:t"),
  ...required("match:m out-interface:o modprobe:M set-counters:c goto:g"),
  ...entries("list:L list-rules:S flush:F zero:Z delete-chain:X wait:w wait-interval:W help:h", "optional"),
  ...entries("numeric:n verbose:v exact:x fragments:f version:V line-numbers:0 ipv4:4 ipv6:6", "none"),
];

/** Letters of commands. */
export type CommandLetter = "I" | "D" | "R" | "A" | "L" | "F" | "Z" | "N" | "X" | "P" | "E" | "S" | "C" | "#D" | "#Z";

/** Options that a command does not allow, in the order in which they are complained of. "0" is --line-numbers. */
const ORDER = "nsdpjvxio0cf";
const ILLEGAL: Readonly<Record<CommandLetter, string>> = {
  I: "nx0", D: "nx0c", "#D": "nsdpjxio0cf", R: "nx0", A: "nx0", L: "sdpjiocf", F: "nsdpjxio0cf", Z: "nsdpjxio0cf", N: "nsdpjxio0cf", X: "nsdpjxio0cf", P: "nsdpjxio0f",
  E: "nsdpjxio0cf", S: "nsdpjxio0cf", "#Z": "nsdpjxio0cf", C: "nx0c",
};

/** The first option that none of the commands allows. */
export function illegalOption(commands: readonly CommandLetter[], options: readonly string[]): string | undefined {
  return [...ORDER].find((o) => options.includes(o) && commands.every((c) => ILLEGAL[c].includes(o)));
}
