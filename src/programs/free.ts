import { readText } from "./lib/proc.ts";
import { tool } from "./lib/tool.ts";

const HEADER = "               total        used        free      shared  buff/cache   available\n";
const UNITS = ["B", "Ki", "Mi", "Gi", "Ti"] as const;

/** -h: the first unit in which the number fits five characters, with one decimal if that fits too. */
function human(kib: number): string {
  if (kib === 0) return "0B";
  for (let i = 1; i < UNITS.length; i++) {
    const size = kib / 1024 ** (i - 1);
    for (const text of [size.toFixed(1), String(Math.floor(size))]) if (text.length + 2 <= 5) return `${text}${UNITS[i]!}`;
  }
  return `${kib}Ki`;
}

const SHIFTS: Readonly<Record<string, (kib: number) => string>> = {
  b: (kib) => String(kib * 1024), k: String, m: (kib) => String(Math.floor(kib / 1024)), g: (kib) => String(Math.floor(kib / 1024 ** 2)), h: human,
};

/** free(1) of procps 4.0, from /proc/meminfo: "used" is what is not available to new programs. */
export const free = tool({
  takes: "b,bytes k,kibi m,mebi g,gibi h,human t,total", refuses: "kilo mega giga tera peta tebi pebi si l,lohi v,committed s,seconds= c,count= w,wide V,version", usage: "[options]",
}, function* (io, o) {
  const text = readText(io.sys, "/proc/meminfo") ?? "";
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const show = SHIFTS[o.last("b", "k", "m", "g", "h") ?? "k"] ?? String;
  const row = (label: string, numbers: readonly number[]): string => `${label.padEnd(8)}${numbers.map((n) => show(n).padStart(12)).join("")}\n`;
  const [total, available, swap] = [kib("MemTotal"), kib("MemAvailable"), kib("SwapTotal")];
  const used = total - available;
  const swapUsed = swap - kib("SwapFree");
  yield* io.out.text(HEADER + row("Mem:", [total, used, kib("MemFree"), kib("Shmem"), kib("Buffers") + kib("Cached") + kib("SReclaimable"), available]) + row("Swap:", [swap, swapUsed, kib("SwapFree")]));
  if (o.has("t")) yield* io.out.text(row("Total:", [total + swap, used + swapUsed, kib("MemFree") + kib("SwapFree")]));
  return 0;
});
