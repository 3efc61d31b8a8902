import { civilOf } from "../../../sim/calendar.ts";
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

function date(sec: number): string {
  const { year, month, day } = civilOf(sec);
  return `${year}-${dec2(month)}-${dec2(day)}`;
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
  else p.put(`${time === 4 ? `${date(t.sec)} ` : ""}${clock(t.sec)}${fraction(t, nanos)} `);
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
