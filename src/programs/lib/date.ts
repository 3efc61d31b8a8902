import { civilOf, daysFromCivil, type Civil } from "../../sim/calendar.ts";
import type { WallTime } from "../../os/sys.ts";

export const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
export const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
] as const;

/** `@SECONDS`, `now`, ISO dates and times, and `+1 hour`-like shifts. Null = not understood. */
export function parseDate(text: string, now: WallTime): WallTime | null {
  const t = text.trim();
  if (t === "" || t === "now") return now;
  if (t === "today") return now;
  if (t === "yesterday" || t === "tomorrow") return { ...now, sec: now.sec + (t === "tomorrow" ? 86_400 : -86_400) };
  const epoch = /^@(-?\d+)(?:\.(\d+))?$/.exec(t);
  if (epoch !== null) return { sec: Number(epoch[1]), nsec: Number((epoch[2] ?? "").padEnd(9, "0").slice(0, 9)) };
  const shift = /^([+-]?\d+) (sec|second|min|minute|hour|day|week)s?( ago)?$/.exec(t);
  if (shift !== null) {
    const unit = { sec: 1, second: 1, min: 60, minute: 60, hour: 3600, day: 86_400, week: 604_800 }[shift[2] ?? ""] ?? 0;
    return { ...now, sec: now.sec + Number(shift[1]) * unit * (shift[3] === undefined ? 1 : -1) };
  }
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?(?: ?(?:UTC|Z|\+00:?00))?$/.exec(t);
  if (iso === null) return null;
  const [y, mo, d, h, mi, s] = iso.slice(1).map((x) => Number(x ?? 0));
  if (y === undefined || mo === undefined || d === undefined || mo < 1 || mo > 12 || d < 1 || d > 31 || (h ?? 0) > 23 || (mi ?? 0) > 59) return null;
  return { sec: daysFromCivil(y, mo, d) * 86_400 + (h ?? 0) * 3600 + (mi ?? 0) * 60 + (s ?? 0), nsec: 0 };
}

const pad = (n: number, width = 2, fill = "0"): string => String(n).padStart(width, fill);

/** strftime(3) in the C locale, UTC, with date(1)'s `%N`, `%s` and the flags `-`, `_`, `0`. */
export function formatDate(format: string, at: WallTime): string {
  const c = civilOf(at.sec);
  return format.replace(/%([-_0^#]?)(\d*)(:{0,2}[a-zA-Z%])/g, (whole, flag: string, width: string, letter: string) => {
    const text = field(letter, c, at);
    if (text === null) return whole;
    if (flag === "^") return text.toUpperCase();
    const stripped = flag === "-" ? text.replace(/^[0 ]+(?=\d)/, "") : flag === "_" ? text.replace(/^0+(?=\d)/, (z) => " ".repeat(z.length)) : text;
    if (letter === "N" && width !== "") return stripped.slice(0, Number(width));
    return stripped.padStart(Number(width), /^\d/.test(stripped) && flag !== "_" ? "0" : " ");
  });
}

function field(letter: string, c: Civil, at: WallTime): string | null {
  const again = (f: string): string => formatDate(f, at);
  const hour12 = c.hour % 12 === 0 ? 12 : c.hour % 12;
  switch (letter) {
    case "a": return DAYS[c.weekday]?.slice(0, 3) ?? "";
    case "A": return DAYS[c.weekday] ?? "";
    case "b": case "h": return MONTHS[c.month - 1]?.slice(0, 3) ?? "";
    case "B": return MONTHS[c.month - 1] ?? "";
    case "c": return again("%a %b %e %H:%M:%S %Y");
    case "C": return pad(Math.floor(c.year / 100));
    case "d": return pad(c.day);
    case "D": case "x": return again("%m/%d/%y");
    case "e": return pad(c.day, 2, " ");
    case "F": return again("%Y-%m-%d");
    case "H": return pad(c.hour);
    case "I": return pad(hour12);
    case "j": return pad(c.yearDay, 3);
    case "k": return pad(c.hour, 2, " ");
    case "l": return pad(hour12, 2, " ");
    case "m": return pad(c.month);
    case "M": return pad(c.minute);
    case "n": return "\n";
    case "N": return pad(at.nsec, 9);
    case "p": return c.hour < 12 ? "AM" : "PM";
    case "P": return c.hour < 12 ? "am" : "pm";
    case "r": return again("%I:%M:%S %p");
    case "R": return again("%H:%M");
    case "s": return String(at.sec);
    case "S": return pad(c.second);
    case "t": return "\t";
    case "T": case "X": return again("%H:%M:%S");
    case "u": return String(c.weekday === 0 ? 7 : c.weekday);
    case "w": return String(c.weekday);
    case "y": return pad(c.year % 100);
    case "Y": return String(c.year);
    case "z": return "+0000";
    case ":z": return "+00:00";
    case "::z": return "+00:00:00";
    case "Z": return "UTC";
    case "%": return "%";
    default: return null;
  }
}
