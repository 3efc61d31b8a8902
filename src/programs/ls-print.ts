import type { FileKind, Stat } from "../os/sys.ts";
import { formatDate } from "./lib/date.ts";
import { modeText } from "./lib/mode.ts";
import { humanSize } from "./lib/numbers.ts";
import type { Options } from "./lib/options.ts";

export interface Entry {
  readonly name: string;
  readonly stat: Stat;
  /** What a link says, and what kind of thing is there. */
  readonly target: string | undefined;
  readonly targetKind: FileKind | undefined;
}

export interface LsLook {
  readonly hidden: "no" | "almost" | "all";
  readonly long: boolean;
  readonly onePerLine: boolean;
  readonly across: boolean;
  readonly commas: boolean;
  readonly directory: boolean;
  readonly followAll: boolean;
  readonly recursive: boolean;
  readonly classify: boolean;
  readonly slash: boolean;
  readonly human: boolean;
  readonly inode: boolean;
  readonly blocks: boolean;
  readonly numeric: boolean;
  readonly owner: boolean;
  readonly group: boolean;
  readonly sort: "name" | "size" | "time" | "none" | "extension" | "version";
  readonly reverse: boolean;
  readonly dirsFirst: boolean;
  readonly color: boolean;
  readonly quote: "none" | "shell" | "c";
  readonly timeStyle: "locale" | "full" | "long-iso" | "iso";
  readonly width: number;
}

const SORT: Readonly<Record<string, LsLook["sort"]>> = { S: "size", t: "time", U: "none", X: "extension", v: "version" };

/** The options as one value; a text (with the bad value between NULs) when one is wrong. */
export function readLsLook(o: Options, ttyCols: number | undefined, term: string | undefined): LsLook | string {
  const style = o.has("full-time") ? "full-iso" : (o.value("time-style") ?? "locale");
  const timeStyle = ({ locale: "locale", "full-iso": "full", "long-iso": "long-iso", iso: "iso" } as const)[style];
  if (timeStyle === undefined) return style.startsWith("+") ? "--time-style=+FORMAT: not simulated here" : `invalid argument \0${style}\0 for \0time style\0`;
  const when = o.has("color") ? (o.value("color") ?? "always") : "never";
  const format = o.last("l", "n", "g", "o", "1", "C", "x", "m", "full-time");
  const long = o.has("l", "n", "g", "o", "full-time") && !["C", "x", "m"].includes(format ?? "");
  const tty = ttyCols !== undefined;
  return {
    hidden: o.last("a", "A") === "a" ? "all" : o.has("A") ? "almost" : "no",
    long, onePerLine: !long && (format === "1" || (!tty && !["C", "x", "m"].includes(format ?? ""))), across: format === "x", commas: format === "m",
    directory: o.has("d"), followAll: o.has("L"), recursive: o.has("R") && !o.has("d"),
    classify: o.has("F") && ["always", undefined].includes(o.value("F")), slash: o.has("p"),
    human: o.has("h"), inode: o.has("i"), blocks: o.has("s"), numeric: o.has("n"), owner: !o.has("g"), group: !o.has("o", "G"),
    sort: SORT[o.last("S", "t", "U", "X", "v") ?? ""] ?? "name", reverse: o.has("r"), dirsFirst: o.has("group-directories-first"),
    color: when === "always" || when === "yes" || (when === "auto" && tty && term !== "dumb"),
    quote: o.last("Q", "N") === "Q" ? "c" : o.has("N") || !tty ? "none" : "shell",
    timeStyle, width: o.value("w") === undefined ? (ttyCols ?? 80) : Number(o.value("w")) || Infinity,
  };
}

const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const extension = (name: string): string => (name.lastIndexOf(".") > 0 ? name.slice(name.lastIndexOf(".")) : "");

export function compareEntries(a: Entry, b: Entry, look: LsLook): number {
  if (look.sort === "none") return 0;
  const dirs = look.dirsFirst ? Number(b.stat.kind === "dir") - Number(a.stat.kind === "dir") : 0;
  if (dirs !== 0) return dirs;
  const first = look.sort === "size" ? b.stat.size - a.stat.size : look.sort === "time" ? b.stat.mtimeSec - a.stat.mtimeSec
    : look.sort === "extension" ? plain(extension(a.name), extension(b.name)) : look.sort === "version" ? compareVersions(a.name, b.name) : 0;
  const order = first || plain(a.name, b.name);
  return look.reverse ? -order : order;
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = "", q = ""] = [x[i], y[i]];
    const c = /^\d/.test(p) && /^\d/.test(q) ? Number(p) - Number(q) : plain(p, q);
    if (c !== 0) return c;
  }
  return 0;
}

function quoted(name: string, style: LsLook["quote"]): string {
  if (style === "c") return `"${name.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;
  if (style === "none" || /^[\w%+,./:@^-][\w%+,./:@^#~-]*$/u.test(name) || /^[^\s!"#$&'()*;<=>?[\\`{|~\x00-\x1f\x7f][^\s!"$&'()*;<=>?[\\`|\x00-\x1f\x7f]*$/.test(name)) return name;
  if (!name.includes("'")) return `'${name}'`;
  return name.includes('"') || /[$`\\!]/.test(name) ? `'${name.replace(/'/g, "'\\''")}'` : `"${name}"`;
}

const COLOR: Readonly<Record<string, string>> = { dir: "01;34", link: "01;36", char: "40;33;01", fifo: "40;33", socket: "01;35" };

function sgrOf(e: Entry): string | undefined {
  if (e.stat.kind === "link" && e.targetKind === undefined) return "40;31;01";
  if (e.stat.kind === "dir" && (e.stat.mode & 0o1002) === 0o1002) return "30;42";
  return e.stat.kind === "file" ? ((e.stat.mode & 0o111) !== 0 ? "01;32" : undefined) : COLOR[e.stat.kind];
}

const MARK: Readonly<Record<string, string>> = { dir: "/", link: "@", fifo: "|", socket: "=" };

function mark(kind: FileKind | undefined, mode: number, look: LsLook): string {
  if (look.classify) return kind === "file" && (mode & 0o111) !== 0 ? "*" : (MARK[kind ?? ""] ?? "");
  return look.slash && kind === "dir" ? "/" : "";
}

/** The name as it stands on the screen, with colour, mark and -i's number. */
export function shownName(e: Entry, look: LsLook): string {
  const sgr = look.color ? sgrOf(e) : undefined;
  const text = quoted(e.name, look.quote);
  const name = sgr === undefined ? text : `\x1b[${sgr}m${text}\x1b[0m`;
  const end = look.long && e.stat.kind === "link" ? "" : mark(e.stat.kind, e.stat.mode, look);
  return `${look.inode ? `${e.stat.ino} ` : ""}${look.blocks ? `${Math.ceil(e.stat.size / 4096) * 4} ` : ""}${name}${end}`;
}

const SIX_MONTHS_SEC = 31_556_952 / 2;

function timeText(sec: number, nowSec: number, style: LsLook["timeStyle"]): string {
  const recent = sec > nowSec - SIX_MONTHS_SEC && sec <= nowSec;
  const format = style === "full" ? "%Y-%m-%d %H:%M:%S.%N %z" : style === "long-iso" ? "%Y-%m-%d %H:%M"
    : style === "iso" ? (recent ? "%m-%d %H:%M" : "%Y-%m-%d ") : recent ? "%b %e %H:%M" : "%b %e  %Y";
  return formatDate(format, { sec, nsec: 0 });
}

/** How accounts are called. */
export interface AccountNames {
  user(id: number): string;
  group(id: number): string;
}

const NUMBERS: AccountNames = { user: String, group: String };

/** The lines of `ls -l`, each column as wide as its widest cell. */
export function longLines(entries: readonly Entry[], look: LsLook, nowSec: number, names: AccountNames): string {
  const called = look.numeric ? NUMBERS : names;
  const rows = entries.map((e) => ({
    e, nlink: String(e.stat.nlink), owner: called.user(e.stat.uid), group: called.group(e.stat.gid),
    size: look.human ? humanSize(e.stat.size) : String(e.stat.size),
  }));
  const widest = (of: (r: (typeof rows)[number]) => string): number => Math.max(...rows.map((r) => of(r).length));
  const [nlink, owner, group, size] = [widest((r) => r.nlink), widest((r) => r.owner), widest((r) => r.group), widest((r) => r.size)];
  return rows.map((r) => {
    const cells = [
      modeText(r.e.stat.kind, r.e.stat.mode), r.nlink.padStart(nlink), ...(look.owner ? [r.owner.padEnd(owner)] : []),
      ...(look.group ? [r.group.padEnd(group)] : []), r.size.padStart(size), timeText(r.e.stat.mtimeSec, nowSec, look.timeStyle),
    ];
    const arrow = r.e.target === undefined ? "" : ` -> ${quoted(r.e.target, look.quote)}${mark(r.e.targetKind, 0, look)}`;
    const name = shownName(r.e, look);
    const inode = look.inode ? `${r.e.stat.ino} ` : "";
    return `${inode}${cells.join(" ")} ${look.inode ? name.slice(inode.length) : name}${arrow}\n`;
  }).join("");
}

const visibleLength = (text: string): number => text.replace(/\x1b\[[\d;]*m/g, "").length;

/** Names in as many columns as fit, two blanks apart, filled down (or across with -x). */
export function columns(names: readonly string[], look: LsLook): string {
  if (look.commas) return `${names.join(", ")}\n`;
  const lengths = names.map(visibleLength);
  for (let cols = Math.min(names.length, Math.max(1, Math.floor(look.width / 3))); cols >= 1; cols--) {
    const rows = Math.ceil(names.length / cols);
    const indexOf = (row: number, col: number): number => (look.across ? row * cols + col : col * rows + row);
    const widths = Array.from({ length: cols }, (_, col) => Math.max(0, ...Array.from({ length: rows }, (_, row) => lengths[indexOf(row, col)] ?? 0)) + 2);
    const used = look.across ? cols : Math.ceil(names.length / rows);
    if (cols > 1 && (used !== cols || widths.reduce((a, b) => a + b, 0) - 2 >= look.width)) continue;
    return Array.from({ length: rows }, (_, row) => {
      const cells = Array.from({ length: cols }, (_, col) => indexOf(row, col)).filter((i) => i < names.length);
      return `${cells.map((i, k) => (k + 1 < cells.length ? (names[i] ?? "") + " ".repeat((widths[k] ?? 0) - (lengths[i] ?? 0)) : (names[i] ?? ""))).join("")}\n`;
    }).join("");
  }
  return "";
}
