import type { QdiscOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import type { Args } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";

/** Switches that only tc has. */
export interface TcOptions {
  readonly raw: boolean;
  readonly iec: boolean;
  readonly details: boolean;
}

/** What tc knows of a discipline's parameters (struct qdisc_util). */
export interface Kind {
  readonly name: string;
  /** Reads the words after the name; ends the program when they are wrong. Absent: it takes none. */
  parse?(args: Args, kind: string): Cmd<QdiscOptions | undefined>;
  print(tool: Tool, options: QdiscOptions, tc: TcOptions): void;
  /** More lines of `-s`. */
  printStats?(tool: Tool, options: QdiscOptions): boolean;
}

/** A parser's complaint: exit status 1. */
export function* complain(tool: Tool, text: string): Cmd<never> {
  return yield* tool.die(text, 1);
}
