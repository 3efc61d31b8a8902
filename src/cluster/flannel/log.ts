import { type Sys, type Task, STDERR } from "../../os/sys.ts";

/** One line in glog's format: `I0101 09:00:00.123456 00168 network.go:225] L3 miss: 11.11.0.2`. */
export function* glog(sys: Sys, level: "I" | "W" | "E", where: string, text: string): Task<void> {
  const { sec, nsec } = sys.wallTime();
  const day = civil(Math.floor(sec / 86400));
  const clock = [sec / 3600, sec / 60, sec].map((n, i) => pad(Math.floor(n) % (i === 0 ? 24 : 60), 2)).join(":");
  const micros = pad(Math.floor(nsec / 1000), 6);
  yield* sys.write(STDERR, `${level}${day} ${clock}.${micros} ${pad(sys.pid, 5)} ${where}] ${text}\n`);
}

const pad = (n: number, width: number): string => String(n).padStart(width, "0");

/** Month and day of a day number since 1970-01-01 (Howard Hinnant's civil_from_days). */
function civil(days: number): string {
  const z = days + 719468;
  const dayOfEra = z % 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  return pad(m < 10 ? m + 3 : m - 9, 2) + pad(dayOfYear - Math.floor((153 * m + 2) / 5) + 1, 2);
}
