import { strerror } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { configure } from "./ifconfig-set.ts";
import { SHORT_HEADER, type Shown, showLong, showShort } from "./ifconfig-show.ts";
import { addrs, links } from "./kernel.ts";
import { IFCONFIG_USAGE } from "./usage.ts";

const IFF_UP = 1;

/** ifconfig(8) of net-tools 2.10. */
export const ifconfig = plainTool(function* (io, args) {
  const words = [...args];
  const seen = { all: false, short: false };
  while (words[0]?.startsWith("-") === true) {
    const status = yield* option(io, words.shift()!, seen);
    if (status !== null) return status;
  }
  const [name, ...rest] = words;
  if (name === undefined) return yield* showAll(io, seen.all, seen.short);
  return rest.length === 0 ? yield* showOne(io, name, seen.short) : yield* configure(io, name, rest);
});

function* option(io: Io, word: string, seen: { all: boolean; short: boolean }): Task<number | null> {
  if (word === "-a") seen.all = true;
  else if (word === "-s") seen.short = true;
  else if (word === "-v") return null;
  else if (word === "-V" || word === "-version" || word === "--version") return yield* answer(io, "net-tools 2.10\n");
  else if (word === "-?" || word === "-h" || word === "-help" || word === "--help") return yield* usage(io);
  else {
    yield* io.err(`ifconfig: option \`${word}' not recognised.\nifconfig: \`--help' gives usage information.\n`);
    return 1;
  }
  return null;
}

function* answer(io: Io, text: string): Task<number> {
  yield* io.out.text(text);
  return 0;
}

export function* usage(io: Io): Task<number> {
  yield* io.err(IFCONFIG_USAGE);
  return 3;
}

/** Interfaces and their further names, sorted as the tool does: letters as letters, numbers as numbers. */
export function interfaces(sys: Sys): readonly Shown[] {
  const all = addrs(sys);
  const shown = links(sys).flatMap((link) => {
    const own = all.filter((a) => a.ifindex === link.ifindex);
    const labels = [...new Set([link.name, ...own.map((a) => a.label)])];
    return labels.map((name) => ({ name, link, addr: own.find((a) => a.label === name) }));
  });
  return shown.sort((a, b) => compareNames(a.name, b.name));
}

/** nstrcmp: at the first difference, the numbers that begin there or before it are compared as numbers. */
function compareNames(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  if (!/\d/.test(a[at] ?? "") && !/\d/.test(b[at] ?? "")) return a.slice(at) < b.slice(at) ? -1 : 1;
  let run = at;
  while (run > 0 && /\d/.test(a[run - 1] ?? "")) run--;
  return (Number.parseInt(a.slice(run), 10) || 0) - (Number.parseInt(b.slice(run), 10) || 0);
}

function* showAll(io: Io, all: boolean, short: boolean): Task<number> {
  if (short) yield* io.out.text(SHORT_HEADER);
  for (const one of interfaces(io.sys)) if (all || (one.link.flags & IFF_UP) !== 0) yield* io.out.text(short ? showShort(one) : showLong(one));
  return 0;
}

function* showOne(io: Io, name: string, short: boolean): Task<number> {
  const all = interfaces(io.sys);
  const bare = all.find((i) => i.name === name.replace(/:.*/, ""));
  const one = all.find((i) => i.name === name) ?? (bare === undefined || !name.includes(":") ? undefined : { ...bare, name, addr: undefined });
  if (one === undefined) {
    yield* io.err(`${name}: error fetching interface information: Device not found\n`);
    return 1;
  }
  yield* io.out.text(short ? SHORT_HEADER + showShort(one) : showLong(one));
  return 0;
}

export const flagsError = (name: string): string => `${name}: ERROR while getting interface flags: ${strerror("ENODEV")}\n`;
