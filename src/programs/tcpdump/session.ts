import { STDERR } from "../../os/sys.ts";
import type { Signal, Sys, Task } from "../../os/sys.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { compileFilter, LINK_NAMES } from "./filter/compile.ts";
import type { Filter } from "./filter/compile.ts";
import type { Settings } from "./options.ts";
import { resolveName } from "../lib/resolve.ts";
import type { Ip4 } from "../../wire/addr.ts";
import { namesForFilter } from "./sink.ts";

/** What reading a file and capturing live have in common. */

/** What runs while a capture does: a handled signal ends it. */
export interface Interrupt {
  hit: boolean;
}

/** SIGINT, SIGTERM, SIGPIPE and SIGHUP end the capture in good order. */
export function catchSignals(sys: Sys): Interrupt {
  const interrupt: Interrupt = { hit: false };
  for (const signal of ["SIGINT", "SIGTERM", "SIGPIPE", "SIGHUP"] as const satisfies readonly Signal[]) {
    const before = sys.signal(signal, () => (interrupt.hit = true));
    // Started by nohup(1): a hangup stays ignored.
    if (signal === "SIGHUP" && before === "ignore") sys.signal(signal, "ignore");
  }
  return interrupt;
}

/** `tcpdump: why` on stderr, and the exit status. */
export function* die(sys: Sys, name: string, why: string): Task<number> {
  yield* sys.write(STDERR, `${name}: ${why}\n`);
  return 1;
}

/** `link-type EN10MB (Ethernet)`. */
export function linkText(linkType: number): string {
  const [name, description] = LINK_NAMES.get(linkType) ?? [];
  return name === undefined ? `link-type ${linkType}` : `link-type ${name} (${description})`;
}

/** The filter of the command line or of -F; otherwise why there is none. */
export function* compileFor(sys: Sys, settings: Settings, linkType: number, isLive: boolean): Task<Filter | string> {
  let text = settings.expression;
  if (settings.filterFile !== null) {
    const file = sys.readFile(settings.filterFile);
    if (isErrno(file)) return `can't open ${settings.filterFile}: ${strerror(file)}`;
    // Comments run from # to the end of the line.
    text = fromUtf8(file).replace(/#.*/g, "");
  }
  const asked = new Map<string, readonly Ip4[]>();
  const compile = (): ReturnType<typeof compileFilter> => compileFilter(text, { linkType, names: namesForFilter(sys, asked), netmask: 0, live: isLive, optimize: settings.optimize });
  let compiled = compile();
  // Names that no file has are asked of DNS, and the filter is compiled again.
  for (const name of [...asked.keys()]) {
    const found = yield* resolveName(sys, name);
    asked.set(name, found.is === "found" ? found.addresses : []);
  }
  if (asked.size > 0) compiled = compile();
  return compiled.is === "ok" ? compiled.matches : compiled.why;
}
