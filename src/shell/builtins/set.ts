import type { Task } from "../../os/sys.ts";
import { letterOption, namedOption, OPTION_NAMES, SHOPT_NAMES } from "../options.ts";
import type { SetOption, Shell } from "../state.ts";
import { setLine } from "../vars/describe.ts";
import { allFunctions } from "./declare.ts";
import { failWith, output, parseOptions } from "./options.ts";

/** `set [-abefhkmnptuvxBCEHPT] [-o name] [--] [args]`. */
export function* set(sh: Shell, args: readonly string[]): Task<number> {
  if (args.length === 0) {
    const lines = [...sh.vars.all()].sort((a, b) => (a[0] < b[0] ? -1 : 1)).flatMap(([name, v]) => setLine(name, v) ?? []);
    return yield* output(sh, "set", lines.map((l) => l + "\n").join("") + (sh.on("posix") ? "" : allFunctions(sh)));
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--") { sh.args = args.slice(i + 1); return 0; }
    if (arg === "-") {
      sh.setOption("xtrace", false);
      sh.setOption("verbose", false);
      if (i + 1 < args.length) sh.args = args.slice(i + 1);
      return 0;
    }
    if (!/^[-+]./.test(arg)) { sh.args = args.slice(i); return 0; }
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        const name = args[i + 1];
        if (name === undefined) { yield* listOptions(sh, on); continue; }
        i++;
        const option = namedOption(name);
        if (!option) return yield* failWith(sh, `set: ${name}: invalid option name`, 2);
        if (refused(sh, option, on)) return yield* failWith(sh, `set: ${option}: not simulated here`);
        change(sh, option, on);
        continue;
      }
      const option = letterOption(letter);
      if (!option) {
        yield* sh.complain(`set: ${arg.slice(0, 1)}${letter}: invalid option`);
        yield* sh.write(2, "set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n");
        return 2;
      }
      if (refused(sh, option, on)) return yield* failWith(sh, `set: -${letter}: not simulated here`);
      change(sh, option, on);
    }
  }
  return 0;
}

/** Options that would change nothing here are refused by name. */
const refused = (sh: Shell, option: SetOption, on: boolean): boolean =>
  on && (option === "keyword" || option === "onecmd" || (option === "vi" && sh.interactive));

function change(sh: Shell, option: SetOption, on: boolean): void {
  sh.setOption(option, on);
  if (option === "posix" && on) sh.shopt.add("expand_aliases");
  if (option === "vi" && on) sh.setOption("emacs", false);
  if (option === "emacs" && on) sh.setOption("vi", false);
}

function* listOptions(sh: Shell, on: boolean): Task<number> {
  const lines = OPTION_NAMES.map((name) => (on ? `${name.padEnd(15)}\t${sh.on(name) ? "on" : "off"}\n` : `set ${sh.on(name) ? "-" : "+"}o ${name}\n`));
  return yield* output(sh, "set", lines.join(""));
}

/** `shopt [-pqsu] [-o] [names]`. */
export function* shopt(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "shopt", args, "pqsuo", "shopt [-pqsu] [-o] [optname ...]");
  if (!options) return 2;
  const { flags, rest } = options;
  const table = flags.has("o") ? setTable(sh) : shoptTable(sh);
  if (flags.has("s") && flags.has("u")) return yield* failWith(sh, "shopt: cannot set and unset shell options simultaneously");
  if ((flags.has("s") || flags.has("u")) && rest.length > 0) return yield* switchAll(sh, rest, table, flags.has("s"));
  const wanted = flags.has("s") ? true : flags.has("u") ? false : undefined;
  let status = 0;
  for (const name of rest.length > 0 ? rest : table.names) {
    if (!table.names.includes(name)) {
      status = yield* failWith(sh, `shopt: ${name}: invalid shell option name`);
      continue;
    }
    const on = table.get(name);
    if (wanted !== undefined && on !== wanted) continue;
    if (rest.length > 0 && !on) status = 1;
    if (!flags.has("q")) yield* output(sh, "shopt", shoptLine(name, on, flags.has("p"), flags.has("o")));
  }
  return status;
}

const shoptLine = (name: string, on: boolean, reusable: boolean, set: boolean): string =>
  reusable ? (set ? `set ${on ? "-" : "+"}o ${name}\n` : `shopt ${on ? "-s" : "-u"} ${name}\n`) : `${name.padEnd(15)}\t${on ? "on" : "off"}\n`;

interface Table {
  readonly names: readonly string[];
  readonly get: (name: string) => boolean;
  readonly put: (name: string, on: boolean) => void;
}

const setTable = (sh: Shell): Table => ({
  names: OPTION_NAMES,
  get: (name) => { const o = namedOption(name); return o !== undefined && sh.on(o); },
  put: (name, on) => { const o = namedOption(name); if (o) change(sh, o, on); },
});

const shoptTable = (sh: Shell): Table => ({
  names: SHOPT_NAMES,
  get: (name) => sh.shopt.has(name),
  put: (name, on) => { if (on) sh.shopt.add(name); else sh.shopt.delete(name); },
});

function* switchAll(sh: Shell, names: readonly string[], table: Table, on: boolean): Task<number> {
  let status = 0;
  for (const name of names) {
    if (table.names.includes(name)) table.put(name, on);
    else status = yield* failWith(sh, `shopt: ${name}: invalid shell option name`);
  }
  return status;
}
