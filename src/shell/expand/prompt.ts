import { civilOf } from "../../sim/calendar.ts";
import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { expandText } from "./word.ts";

/** Decodes PS1's backslashes, then expands it: bash(1), PROMPTING. `\[` and `\]` become \x01 and \x02. */
export function* promptText(sh: Shell, text: string): Task<string> {
  const decoded = decodePrompt(sh, text);
  return sh.shopt.has("promptvars") ? yield* expandText(sh, decoded) : decoded;
}

function decodePrompt(sh: Shell, text: string): string {
  return text.replace(/\\([0-7]{3}|D\{([^}]*)\}|[\s\S])/g, (all, what: string, format?: string) =>
    format !== undefined ? strftime(sh, format === "" ? "%H:%M:%S" : format) : escape(sh, what) ?? all);
}

function escape(sh: Shell, what: string): string | undefined {
  if (/^[0-7]{3}$/.test(what)) return String.fromCharCode(parseInt(what, 8));
  switch (what) {
    case "u": return sh.sys.uid === 0 ? "root" : sh.get("USER") ?? "user";
    case "h": return sh.sys.hostname().split(".")[0] ?? "";
    case "H": return sh.sys.hostname();
    case "w": return shownDirectory(sh);
    case "W": return lastPart(sh);
    case "$": return sh.sys.uid === 0 ? "#" : "$$".slice(1);
    case "s": return sh.name.slice(sh.name.lastIndexOf("/") + 1);
    case "v": return "5.2";
    case "V": return "5.2.15";
    case "j": return String(sh.jobs.jobs.size);
    case "l": return "0";
    case "!": case "#": return String(sh.history.length + 1);
    case "t": return strftime(sh, "%H:%M:%S");
    case "T": return strftime(sh, "%I:%M:%S");
    case "@": return strftime(sh, "%I:%M %p");
    case "A": return strftime(sh, "%H:%M");
    case "d": return strftime(sh, "%a %b %d");
    case "n": return "\n";
    case "r": return "\r";
    case "a": return "\x07";
    case "e": return "\x1b";
    case "\\": return "\\\\";
    case "[": return "\x01";
    case "]": return "\x02";
    default: return undefined;
  }
}

/** `$PWD` with the home directory as `~`. */
export function shownDirectory(sh: Shell): string {
  const pwd = sh.get("PWD") ?? sh.sys.getcwd();
  const home = sh.get("HOME");
  if (home && home !== "/" && (pwd === home || pwd.startsWith(home + "/"))) return "~" + pwd.slice(home.length);
  return pwd;
}

function lastPart(sh: Shell): string {
  const shown = shownDirectory(sh);
  return shown === "~" || shown === "/" ? shown : shown.slice(shown.lastIndexOf("/") + 1);
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** strftime(3) in UTC. `atSec` defaults to now. */
export function strftime(sh: Shell, format: string, atSec = sh.sys.wallTime().sec): string {
  const t = civilOf(atSec);
  const two = (n: number): string => String(n).padStart(2, "0");
  const one = (ch: string): string | undefined => {
    switch (ch) {
      case "Y": return String(t.year);
      case "C": return two(Math.floor(t.year / 100));
      case "y": return two(t.year % 100);
      case "m": return two(t.month);
      case "d": return two(t.day);
      case "e": return String(t.day).padStart(2);
      case "H": return two(t.hour);
      case "I": return two(t.hour % 12 || 12);
      case "M": return two(t.minute);
      case "S": return two(t.second);
      case "p": return t.hour < 12 ? "AM" : "PM";
      case "a": return DAYS[t.weekday]?.slice(0, 3);
      case "A": return DAYS[t.weekday];
      case "b": case "h": return MONTHS[t.month - 1]?.slice(0, 3);
      case "B": return MONTHS[t.month - 1];
      case "j": return String(t.yearDay).padStart(3, "0");
      case "u": return String(t.weekday || 7);
      case "w": return String(t.weekday);
      case "s": return String(atSec);
      case "Z": return "UTC";
      case "z": return "+0000";
      case "n": return "\n";
      case "t": return "\t";
      case "%": return "%";
      case "T": return strftime(sh, "%H:%M:%S", atSec);
      case "R": return strftime(sh, "%H:%M", atSec);
      case "D": case "x": return strftime(sh, "%m/%d/%y", atSec);
      case "F": return strftime(sh, "%Y-%m-%d", atSec);
      case "X": return strftime(sh, "%H:%M:%S", atSec);
      case "r": return strftime(sh, "%I:%M:%S %p", atSec);
      case "c": return strftime(sh, "%a %b %e %H:%M:%S %Y", atSec);
      default: return undefined;
    }
  };
  return format.replace(/%[-_0^]?([A-Za-z%])/g, (all, ch: string) => {
    const text = one(ch) ?? all;
    return all.startsWith("%-") ? text.replace(/^[0 ]+(?=.)/, "") : text;
  });
}
