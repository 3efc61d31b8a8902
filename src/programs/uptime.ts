import { formatDate } from "./lib/date.ts";
import { bootTimeSec, loadAverages, uptimeSec } from "./lib/proc.ts";
import { tool } from "./lib/tool.ts";

const USAGE = `
Usage:
 uptime [options]

Options:
 -p, --pretty   show uptime in pretty format
 -h, --help     display this help and exit
 -s, --since    system up since
 -V, --version  output version information and exit

For more details see uptime(1).
`;

function pretty(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const parts: (readonly [number, string])[] = [
    [Math.floor(minutes / 10_080), "week"], [Math.floor(minutes / 1440) % 7, "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return `up ${said.length > 0 ? said.join(", ") : "0 minutes"}`;
}

function upFor(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const day = days > 0 ? `${days} ${days === 1 ? "day" : "days"}, ` : "";
  return `${day}${hours > 0 ? `${String(hours).padStart(2)}:${String(rest).padStart(2, "0")}` : `${rest} min`}`;
}

/** uptime(1) of procps 4.0: simulated time since the scenario's start. Nobody is logged in. */
export const uptime = tool({ takes: "p,pretty s,since h", refuses: "V,version", usage: "[options]", hint: () => USAGE }, function* (io, o) {
  const up = uptimeSec(io.sys);
  const now = io.sys.wallTime();
  if (o.has("h")) yield* io.out.text(USAGE);
  else if (o.has("p")) yield* io.out.text(`${pretty(up)}\n`);
  else if (o.has("s")) yield* io.out.text(`${formatDate("%F %T", { sec: bootTimeSec(io.sys), nsec: 0 })}\n`);
  else yield* io.out.text(` ${formatDate("%T", now)} up ${upFor(up)},  0 users,  load average: ${loadAverages(io.sys).join(", ")}\n`);
  return 0;
});
