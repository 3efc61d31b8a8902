import type { ProcRow } from "./lib/proc.ts";
import { COLUMNS, type Column } from "./ps-columns.ts";

export interface Shown {
  readonly column: Column;
  readonly header: string;
  readonly width: number;
}

interface SelectList {
  readonly is: "pid" | "ppid" | "comm" | "user" | "tty";
  readonly values: readonly string[];
}

export interface SortKey {
  readonly compare: (a: ProcRow, b: ProcRow) => number;
  readonly down: boolean;
}

export interface PsCommand {
  readonly select: { readonly how: "own" | "all" | "all-but-leaders" | "with-tty" | "bsd-a" | "bsd-x" | "lists"; readonly lists: readonly SelectList[]; readonly negate: boolean };
  readonly shown: readonly Shown[];
  readonly headers: boolean;
  readonly wide: boolean;
  readonly sort: readonly SortKey[];
}

const HELP = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
`;
const wrong = (text: string): { bad: string } => ({ bad: `error: ${text}\n${HELP}` });
const notHere = (flag: string): { bad: string } => ({ bad: `${flag}: not simulated here` });

/** Ready-made sets of columns. */
const FORMATS = {
  plain: "pid tname time ucmd", full: "uid-name pid ppid c stime tname time cmd", bsd: "pid tname stat bsdtime args",
  user: "user pid pcpu pmem vsz rss tname stat start_time bsdtime args", jobs: "pid pgid sid tname time ucmd",
  "full-jobs": "uid-name pid ppid pgid sid c stime tname time cmd",
} as const;

const shown = (name: string, header?: string): Shown | null => {
  const column = COLUMNS[name];
  if (column === undefined) return null;
  const text = header ?? column.header;
  return { column, header: text, width: Math.max(column.width, text.length) };
};

const formatOf = (name: keyof typeof FORMATS): Shown[] => FORMATS[name].split(" ").map((n) => shown(n)).filter((s) => s !== null);

/** `-o pid,comm=NAME`: a header goes on to the end of the argument. */
function readFormat(text: string, into: Shown[]): { bad: string } | undefined {
  const equals = text.indexOf("=");
  const plain = equals < 0 ? text : text.slice(0, equals);
  const names = plain.split(/[ ,]+/).filter((n) => n !== "");
  for (const [i, name] of names.entries()) {
    const last = equals >= 0 && i === names.length - 1;
    const rest = last ? text.slice(equals + 1) : undefined;
    const more = rest === undefined ? -1 : rest.search(/,[a-z%]+=/);
    const one = shown(name, more >= 0 && rest !== undefined ? rest.slice(0, more) : rest);
    if (one === null) return wrong(`unknown user-defined format specifier "${name}"`);
    into.push(one);
    if (more >= 0 && rest !== undefined) return readFormat(rest.slice(more + 1), into);
  }
  return undefined;
}

const SORTS: Readonly<Record<string, (a: ProcRow, b: ProcRow) => number>> = {
  pid: (a, b) => a.pid - b.pid, ppid: (a, b) => a.ppid - b.ppid, comm: (a, b) => (a.comm < b.comm ? -1 : 1), cmd: (a, b) => (a.comm < b.comm ? -1 : 1),
  pcpu: (a, b) => a.cpuSec - b.cpuSec, "%cpu": (a, b) => a.cpuSec - b.cpuSec, time: (a, b) => a.cpuSec - b.cpuSec, rss: (a, b) => a.rssKb - b.rssKb,
  "%mem": (a, b) => a.rssKb - b.rssKb, pmem: (a, b) => a.rssKb - b.rssKb, vsz: (a, b) => a.vszKb - b.vszKb, start_time: (a, b) => a.startSec - b.startSec,
  pgid: (a, b) => a.pgrp - b.pgrp, uid: (a, b) => a.uid - b.uid, user: (a, b) => a.uid - b.uid, tty: (a, b) => a.tty - b.tty,
};

/** Collects options in ps's three dialects: UNIX (-ef), BSD (aux) and GNU (--sort=…). */
class Reader {
  how: PsCommand["select"]["how"] = "own";
  format: keyof typeof FORMATS = "plain";
  readonly lists: SelectList[] = [];
  readonly custom: Shown[] = [];
  readonly sort: SortKey[] = [];
  negate = false;
  headers = true;
  wide = false;
  readonly #args: readonly string[];
  #at = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  run(): { bad: string } | undefined {
    while (this.#at < this.#args.length) {
      const arg = this.#args[this.#at++] ?? "";
      const bad = arg.startsWith("--") ? this.#gnu(arg) : arg.startsWith("-") ? this.#unix(arg.slice(1)) : this.#bsd(arg);
      if (bad !== undefined) return bad;
    }
    return undefined;
  }

  #value(attached: string): string | undefined {
    return attached !== "" ? attached : this.#args[this.#at++];
  }

  #list(is: SelectList["is"], text: string | undefined): { bad: string } | undefined {
    if (text === undefined) return wrong("list of something must follow");
    const values = text.split(/[ ,]+/).filter((v) => v !== "");
    if ((is === "pid" || is === "ppid") && values.some((v) => !/^\d+$/.test(v))) return wrong("process ID list syntax error");
    this.lists.push({ is, values });
    return undefined;
  }

  #sortBy(text: string): { bad: string } | undefined {
    for (const key of text.split(",")) {
      const compare = SORTS[key.replace(/^[-+]/, "")];
      if (compare === undefined) return wrong(`unknown sort specifier`);
      this.sort.push({ compare, down: key.startsWith("-") });
    }
    return undefined;
  }

  #gnu(arg: string): { bad: string } | undefined {
    const [name = "", given] = arg.slice(2).split(/=(.*)/s);
    if (["no-headers", "no-heading", "noheaders", "noheading"].includes(name)) this.headers = false;
    else if (name === "headers") return undefined;
    else if (name === "deselect") this.negate = true;
    else if (name === "pid" || name === "ppid") return this.#list(name, given ?? this.#value(""));
    else if (name === "sort") return this.#sortBy(given ?? this.#value("") ?? "");
    else if (name === "format") return readFormat(given ?? this.#value("") ?? "", this.custom);
    else if (name === "user" || name === "User") return this.#list("user", given ?? this.#value(""));
    else if (name === "tty") return this.#list("tty", given ?? this.#value(""));
    else if (["forest", "context", "cumulative", "group", "Group", "info", "lines", "cols", "columns", "rows", "width", "quick-pid", "version", "help"].includes(name)) return notHere(`--${name}`);
    else return wrong("unknown gnu long option");
    return undefined;
  }

  #unix(letters: string): { bad: string } | undefined {
    for (let i = 0; i < letters.length; i++) {
      const c = letters[i] ?? "";
      const rest = letters.slice(i + 1);
      if (c === "e" || c === "A") this.how = "all";
      else if (c === "a") this.how = "with-tty";
      else if (c === "d") this.how = "all-but-leaders";
      else if (c === "f") this.format = this.format === "jobs" ? "full-jobs" : "full";
      else if (c === "j") this.format = this.format === "full" ? "full-jobs" : "jobs";
      else if (c === "N") this.negate = true;
      else if (c === "w") this.wide = true;
      else if (c === "p") return this.#list("pid", this.#value(rest));
      else if (c === "C") return this.#list("comm", this.#value(rest));
      else if (c === "u" || c === "U") return this.#list("user", this.#value(rest));
      else if (c === "t") return this.#list("tty", this.#value(rest));
      else if (c === "o" || c === "O") {
        if (c === "O") return notHere("-O");
        const format = this.#value(rest);
        return format === undefined ? wrong("format specification must follow -o") : readFormat(format, this.custom);
      } else if ("FGLHMPTVXZcglmqrsxy".includes(c)) return notHere(`-${c}`);
      else return wrong("unsupported SysV option");
    }
    return undefined;
  }

  #bsd(letters: string): { bad: string } | undefined {
    if (/^\d[\d,]*$/.test(letters)) {
      this.format = "bsd";
      return this.#list("pid", letters);
    }
    if (this.format === "plain") this.format = "bsd";
    for (let i = 0; i < letters.length; i++) {
      const c = letters[i] ?? "";
      const rest = letters.slice(i + 1);
      if (c === "a") this.how = this.how === "bsd-x" || this.how === "all" ? "all" : "bsd-a";
      else if (c === "x") this.how = this.how === "bsd-a" || this.how === "all" ? "all" : "bsd-x";
      else if (c === "u") this.format = "user";
      else if (c === "w") this.wide = true;
      else if (c === "h") this.headers = false;
      else if (c === "p") return this.#list("pid", this.#value(rest));
      else if (c === "o") return readFormat(this.#value(rest) ?? "", this.custom);
      else if (c === "t") return this.#list("tty", this.#value(rest));
      else if ("ATUCHLMOSVXZcefgijklmnqrsvy".includes(c)) return notHere(c);
      else return wrong(`unsupported option (BSD syntax)`);
    }
    return undefined;
  }
}

/** What the command line selects and shows; `bad` = the text for stderr (status 1). */
export function readPsCommand(args: readonly string[]): PsCommand | { readonly bad: string } {
  const reader = new Reader(args);
  const bad = reader.run();
  if (bad !== undefined) return bad;
  const { how, lists, negate, custom, format, headers, wide, sort } = reader;
  return { select: { how, lists, negate }, shown: custom.length > 0 ? custom : formatOf(format), headers, wide, sort };
}
