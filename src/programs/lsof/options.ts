import { LSOF_USAGE } from "./usage.ts";

/** A list of -p, -u, -c or -d: what is wanted, and what is not (`^x`). */
export interface Wanted {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

export interface LsofOptions {
  readonly and: boolean;
  readonly numericHost: boolean;
  readonly numericPort: boolean;
  readonly terse: boolean;
  readonly parents: boolean;
  readonly numericUser: boolean;
  readonly unix: boolean;
  /** Each -i: the text behind it, "" = all of them. */
  readonly inet: readonly string[];
  readonly pids: Wanted | null;
  readonly users: Wanted | null;
  readonly commands: Wanted | null;
  readonly fds: Wanted | null;
  /** -s p:s: states by protocol; null = any. */
  readonly states: readonly { readonly proto: string; readonly wanted: Wanted }[];
  readonly names: readonly string[];
}

export type LsofCommand = { readonly is: "run"; readonly options: LsofOptions } | { readonly is: "stop"; readonly text: string };

const FLAGS = "anPtURlw";
const LISTS = "pucd";
/** What the real one has too. (-w leaves out warnings; there are none.) */
const REFUSED = "bKNoOXvVh?EFgLMeDSTrxfm";

const wanted = (text: string): Wanted => {
  const items = text.split(",").filter((w) => w !== "");
  return { yes: items.filter((w) => !w.startsWith("^")), no: items.filter((w) => w.startsWith("^")).map((w) => w.slice(1)) };
};
const both = (a: Wanted | null, b: Wanted): Wanted => ({ yes: [...(a?.yes ?? []), ...b.yes], no: [...(a?.no ?? []), ...b.no] });

/** lsof's own way of reading options: -i and -s may have a value, which is the next word unless that is an option. */
export function parseLsof(args: readonly string[]): LsofCommand {
  const flags = new Set<string>();
  const lists = new Map<string, Wanted>();
  const inet: string[] = [];
  const names: string[] = [];
  const states: { proto: string; wanted: Wanted }[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") {
      names.push(...args.slice(at + 1));
      break;
    }
    if (word.startsWith("+") && word.length > 1) return refuse(word.slice(0, 2));
    if (!word.startsWith("-") || word === "-") {
      names.push(word);
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (FLAGS.includes(letter)) {
        flags.add(letter);
        continue;
      }
      const rest = word.slice(i + 1);
      const next = args[at + 1];
      if (LISTS.includes(letter)) {
        if (rest === "" && next === undefined) return wrong(`lsof: no value for -${letter}\n`);
        lists.set(letter, both(lists.get(letter) ?? null, wanted(rest === "" ? (args[++at] ?? "") : rest)));
      } else if (letter === "i" || letter === "s") {
        const takesNext = rest === "" && next !== undefined && !/^[-+]/.test(next);
        const value = takesNext ? (args[++at] ?? "") : rest;
        if (letter === "i") inet.push(value);
        else if (value.includes(":")) states.push({ proto: value.split(":")[0]!.toUpperCase(), wanted: wanted(value.slice(value.indexOf(":") + 1).toUpperCase()) });
        else return refuse("-s");
      } else return REFUSED.includes(letter) ? refuse(`-${letter}`) : wrong(`lsof: illegal option character: ${letter}\n`);
      break;
    }
  }
  const has = (letter: string): boolean => flags.has(letter);
  const options: LsofOptions = {
    and: has("a"), numericHost: has("n"), numericPort: has("P"), terse: has("t"), parents: has("R"), numericUser: has("l"), unix: has("U"), inet,
    pids: lists.get("p") ?? null, users: lists.get("u") ?? null, commands: lists.get("c") ?? null, fds: lists.get("d") ?? null, states, names,
  };
  return { is: "run", options };
}

export const wrong = (text: string): LsofCommand => ({ is: "stop", text: text + LSOF_USAGE });
const refuse = (what: string): LsofCommand => ({ is: "stop", text: `lsof: ${what}: not simulated here\n` });
