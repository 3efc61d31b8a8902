import type { Task } from "../../os/sys.ts";
import type { Io } from "../lib/tool.ts";
import { buildCommands } from "./build.ts";
import type { Command } from "./commands.ts";
import { complain, errnoText } from "./errors.ts";
import { type Bad, type Names, bad } from "./ext/extension.ts";
import type { RestoreOptions } from "./iptables-restore.ts";
import { namesOf } from "./names.ts";
import { parseLine } from "./parse.ts";
import { chainNameProblem } from "./parse-values.ts";
import { splitLine } from "./split.ts";
import { builtinChain, builtinTable } from "./tables.ts";
import { Work } from "./work.ts";

/** One run of iptables-restore: lines make commands; `COMMIT` sends those of a table as one batch. */
export class RestoreRun {
  readonly #io: Io;
  readonly #name: string;
  readonly #o: RestoreOptions;
  readonly #names: Names;
  #table = "";
  #inTable = false;
  #commands: Command[] = [];
  #line = 0;

  constructor(io: Io, name: string, options: RestoreOptions) {
    this.#io = io;
    this.#name = name;
    this.#o = options;
    this.#names = namesOf(io.sys);
  }

  /** The exit status. */
  *run(input: string): Task<number> {
    for (const text of input.replace(/\n$/, "").split("\n")) {
      this.#line++;
      const status = yield* this.#one(text);
      if (status !== 0) return status;
    }
    if (!this.#inTable) return 0;
    yield* this.#io.err(`${this.#name}: COMMIT expected at line ${this.#line + 1}\n`);
    return 1;
  }

  *#fail(b: Bad): Task<number> {
    yield* this.#io.out.flush();
    return yield* complain(this.#io.sys, this.#name, b, this.#line);
  }

  *#one(text: string): Task<number> {
    if (text === "") return 0;
    if (text.startsWith("#")) {
      if (this.#o.verbose > 0) yield* this.#io.out.text(`${text}\n`);
      return 0;
    }
    if (this.#inTable && text === "COMMIT") return yield* this.#commit();
    if (text.startsWith("*") && !this.#inTable) return yield* this.#newTable(text);
    if (text.startsWith(":") && this.#inTable) return yield* this.#chain(text);
    if (this.#inTable) return yield* this.#rule(text);
    if (this.#skipped()) return 0;
    yield* this.#io.err(`${this.#name}: line ${this.#line} failed\n`);
    return 1;
  }

  /** In a table that was not asked for (-T). */
  #skipped(): boolean {
    return this.#o.table !== undefined && this.#table !== "" && this.#o.table !== this.#table;
  }

  *#newTable(text: string): Task<number> {
    const [name] = text.slice(1).split(/[ \t]+/).filter((w) => w !== "");
    if (name === undefined) return yield* this.#fail(bad(`${this.#name}: line ${this.#line} table name invalid`));
    if (builtinTable(name) === undefined) return yield* this.#fail(bad(`${this.#name}: line ${this.#line} table name '${name}' invalid`));
    this.#table = name;
    if (this.#skipped()) return 0;
    this.#inTable = true;
    if (!this.#o.noflush) this.#commands.push({ do: "flush-table", table: name, line: this.#line, verbose: this.#o.verbose > 0 });
    return 0;
  }

  *#chain(text: string): Task<number> {
    const [chain, policy, counters] = text.slice(1).split(/[ \t]+/).filter((w) => w !== "");
    if (chain === undefined) return yield* this.#fail(bad(`${this.#name}: line ${this.#line} chain name invalid`));
    const wrong = chainNameProblem(chain);
    if (wrong !== undefined) return yield* this.#fail(wrong);
    if (policy === undefined) return yield* this.#fail(bad(`${this.#name}: line ${this.#line} policy invalid`));
    const base = { table: this.#table, line: this.#line, chain };
    if (builtinChain(this.#table, chain) === undefined) {
      this.#commands.push({ ...base, do: "restore-chain" });
      return 0;
    }
    const counts = this.#o.counters ? parseCounters(counters) : { packets: 0, bytes: 0 };
    if (counts === null) return yield* this.#fail(bad(`invalid policy counters for chain '${chain}'`));
    this.#commands.push({ ...base, do: "policy", policy, ...counts });
    return 0;
  }

  *#rule(text: string): Task<number> {
    const counted = ruleCounters(text, this.#line);
    if ("bad" in counted) return yield* this.#fail(counted);
    const words = splitLine(counted.rest);
    const counters = this.#o.counters && counted.counters !== undefined ? ["--set-counters", ...counted.counters] : [];
    const verbose = this.#o.noflush ? [] : Array.from({ length: this.#o.verbose }, () => "-v");
    const parsed = parseLine([this.#name, "-t", this.#table, ...verbose, ...counters, ...words], { names: this.#names, restore: true, table: this.#table });
    if ("bad" in parsed) return yield* this.#fail(parsed);
    if (parsed.is !== "command") return parsed.is === "skip" ? 0 : yield* this.#fail(bad(`-${parsed.is === "help" ? "h" : "V"}: not simulated here`));
    if (parsed.warnings !== "") yield* this.#io.err(parsed.warnings);
    const commands = yield* buildCommands(this.#io.sys, parsed, this.#line);
    if ("bad" in commands) return yield* this.#fail(commands);
    this.#commands.push(...commands);
    return 0;
  }

  *#commit(): Task<number> {
    const commands = this.#commands;
    this.#commands = [];
    this.#inTable = false;
    const work = new Work({
      sys: this.#io.sys, names: this.#names, out: (t) => this.#io.out.text(t), restore: true, replace: !this.#o.noflush && this.#o.verbose === 0,
    });
    const failed = yield* work.run(commands, !this.#o.test);
    if (failed === undefined) return 0;
    yield* this.#io.out.flush();
    if ("bad" in failed) return yield* this.#fail(failed);
    yield* this.#io.err(`${this.#name}: line ${failed.line} failed${failed.errno === null ? "" : `: ${errnoText(failed.errno, failed.during)}.`}\n`);
    return 1;
  }
}

interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

/** `[5:420]`. */
function parseCounters(text: string | undefined): Counters | null {
  const m = /^\[(\d+):(\d+)\]/.exec(text ?? "");
  return m === null ? null : { packets: Number(m[1]), bytes: Number(m[2]) };
}

interface Counted {
  readonly counters: readonly [string, string] | undefined;
  readonly rest: string;
}

/** `[packets:bytes] -A …`. */
function ruleCounters(text: string, line: number): Counted | Bad {
  if (!text.startsWith("[")) return { counters: undefined, rest: text };
  const end = text.indexOf("]");
  if (end < 0) return bad(`Bad line ${line}: need ]`);
  const [packets, bytes] = text.slice(1, end).split(":").filter((w) => w !== "");
  if (packets === undefined) return bad(`Bad line ${line}: need :`);
  if (bytes === undefined) return bad(`Bad line ${line}: need ]`);
  return { counters: [packets, bytes], rest: text.slice(end + 1) };
}
