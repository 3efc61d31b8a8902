import type { Printout } from "./printout.ts";
import { dec2 } from "./text.ts";

/** A packet's arrival, counted from 1970 UTC. */
export interface Stamp {
  readonly sec: number;
  readonly nsec: number;
}

const DAY = 86400;

function clock(sec: number): string {
  const s = sec % DAY;
  return `${dec2(Math.floor(s / 3600))}:${dec2(Math.floor(s / 60) % 60)}:${dec2(s % 60)}`;
}

/** Civil date of a day number since 1970-01-01, by counting the 400-year cycle from 1 March of year 0. */
function date(day: number): string {
  const z = day + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${dec2(month)}-${dec2(dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1)}`;
}

const fraction = (t: Stamp, nanos: boolean): string =>
  nanos ? `.${String(t.nsec).padStart(9, "0")}` : `.${String(Math.floor(t.nsec / 1000)).padStart(6, "0")}`;

/** The stamp in front of a packet, by the number of -t; the simulated clocks run on UTC. */
export function printStamp(p: Printout, t: Stamp): void {
  const { time, nanos } = p.opts;
  if (time === 1) return;
  if (time === 3 || time === 5) printDelta(p, t);
  else if (t.sec >= 0x80000000) p.put("[Error converting time] ");
  else if (time === 2) p.put(`${t.sec}${fraction(t, nanos)} `);
  else p.put(`${time === 4 ? `${date(Math.floor(t.sec / DAY))} ` : ""}${clock(t.sec)}${fraction(t, nanos)} `);
}

/** -ttt since the previous packet, -ttttt since the first. */
function printDelta(p: Printout, t: Stamp): void {
  const { nanos, time } = p.opts;
  const unit = nanos ? 1 : 1000;
  const cut = { sec: t.sec, nsec: Math.floor(t.nsec / unit) * unit };
  const reference = (p.memory.time ??= cut);
  const negative = cut.sec < reference.sec || (cut.sec === reference.sec && cut.nsec < reference.nsec);
  const [a, b] = negative ? [reference, cut] : [cut, reference];
  const borrow = a.nsec < b.nsec ? 1 : 0;
  const delta = { sec: a.sec - b.sec - borrow, nsec: a.nsec - b.nsec + borrow * 1_000_000_000 };
  p.put(`${negative ? "-" : " "}${clock(delta.sec)}${fraction(delta, nanos)} `);
  if (time === 3) p.memory.time = cut;
}
