import { civilOf } from "../../sim/calendar.ts";
import { type Sys, type Task, STDERR } from "../../os/sys.ts";

/** One line in glog's format: `I0101 09:00:00.123456 00168 network.go:225] L3 miss: 11.11.0.2`. */
export function* glog(sys: Sys, level: "I" | "W" | "E", where: string, text: string): Task<void> {
  const { sec, nsec } = sys.wallTime();
  const now = civilOf(sec);
  const day = pad(now.month, 2) + pad(now.day, 2);
  const clock = [now.hour, now.minute, now.second].map((n) => pad(n, 2)).join(":");
  const micros = pad(Math.floor(nsec / 1000), 6);
  yield* sys.write(STDERR, `${level}${day} ${clock}.${micros} ${pad(sys.pid, 5)} ${where}] ${text}\n`);
}

const pad = (n: number, width: number): string => String(n).padStart(width, "0");
