import { daysFromCivil } from "../../sim/calendar.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A date in one of HTTP's three forms, in seconds since the epoch; null = not a date. */
export function parseHttpDate(text: string): number | null {
  const m = /^[A-Za-z]+, +(\d{1,2})[ -]([A-Z][a-z]{2})[ -](\d{2,4}) (\d{2}):(\d{2}):(\d{2})/.exec(text);
  const asc = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})/.exec(text);
  const f = m !== null ? [m[1], m[2], m[3], m[4], m[5], m[6]] : asc !== null ? [asc[2], asc[1], asc[6], asc[3], asc[4], asc[5]] : null;
  if (f === null) return null;
  const month = MONTHS.indexOf(f[1] ?? "") + 1;
  const given = Number(f[2]);
  const year = (f[2] ?? "").length === 2 ? given + (given < 70 ? 2000 : 1900) : given;
  return month === 0 ? null : daysFromCivil(year, month, Number(f[0])) * 86_400 + Number(f[3]) * 3600 + Number(f[4]) * 60 + Number(f[5]);
}
