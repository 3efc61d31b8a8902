import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { WallTime } from "../os/sys.ts";
import { formatDate, parseDate } from "./lib/date.ts";
import { extraOperand, tool, type Io } from "./lib/tool.ts";
import type { Options } from "./lib/options.ts";

const ISO: Readonly<Record<string, string>> = {
  date: "%F", hours: "%FT%H%:z", minutes: "%FT%H:%M%:z", seconds: "%FT%T%:z", ns: "%FT%T,%N%:z",
};
const RFC3339: Readonly<Record<string, string>> = { date: "%F", seconds: "%F %T%:z", ns: "%F %T.%N%:z" };

/** Which instant: -d, -r or now; the error text otherwise. */
function instant(io: Io, o: Options): WallTime | string {
  const reference = o.value("r");
  if (reference !== undefined) {
    const stat = io.sys.stat(reference);
    return isErrno(stat) ? `${reference}: ${strerror(stat)}` : { sec: stat.mtimeSec, nsec: 0 };
  }
  const text = o.value("d");
  if (text === undefined) return io.sys.wallTime();
  return parseDate(text, io.sys.wallTime()) ?? `invalid date ${io.quote(text)}`;
}

/** `-Is` means `-Iseconds`. */
const byPrefix = (formats: Readonly<Record<string, string>>, word: string): string | undefined =>
  word === "" ? undefined : Object.entries(formats).find(([name]) => name.startsWith(word))?.[1];

function formatOf(o: Options): string | undefined {
  if (o.has("I")) return byPrefix(ISO, o.value("I") ?? "date");
  if (o.has("rfc-3339")) return byPrefix(RFC3339, o.value("rfc-3339") ?? "");
  if (o.has("R")) return "%a, %d %b %Y %H:%M:%S %z";
  return "%a %b %e %H:%M:%S %Z %Y";
}

/** date(1): simulated time, UTC. */
export const date = tool({ takes: "d,date= I,iso-8601=? R,rfc-email rfc-3339= r,reference= u,utc,universal", refuses: "f,file= s,set= debug resolution", usage: "[OPTION]... [+FORMAT]" }, function* (io, o) {
  const [operand, extra] = o.operands;
  if (extra !== undefined) return yield* extraOperand(io, extra);
  if (operand !== undefined && !operand.startsWith("+")) {
    yield* io.complain(/^\d{8,12}(\.\d\d)?$/.test(operand) ? "setting the clock: not simulated here" : `invalid date ${io.quote(operand)}`);
    return 1;
  }
  const at = instant(io, o);
  const format = operand?.slice(1) ?? formatOf(o);
  if (typeof at === "string" || format === undefined) {
    yield* io.complain(typeof at === "string" ? at : `invalid argument ${io.quote(o.value("I") ?? o.value("rfc-3339") ?? "")}`);
    return 1;
  }
  yield* io.out.text(`${formatDate(format, at)}\n`);
  return 0;
});
