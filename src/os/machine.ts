/** What the simulated machine is: the values behind uname, /proc/cpuinfo and /proc/meminfo. */
export const UTSNAME = {
  sysname: "Linux",
  release: "6.18.0-knetsim",
  version: "#1 SMP PREEMPT_DYNAMIC",
  machine: "x86_64",
} as const;

export const CPU_COUNT = 2;
const MEM_TOTAL_KB = 4_194_304;

/** procfs counts CPU time in these (USER_HZ). */
export const NS_PER_TICK = 10_000_000;

/** Memory of a small process, the same for all: memory is not simulated. */
export const PROCESS_VSIZE_BYTES = 8 * 1024 * 1024;
export const PROCESS_RSS_PAGES = 768;

export const version = (): string => `${UTSNAME.sysname} version ${UTSNAME.release} (knetsim) ${UTSNAME.version}\n`;

export function cpuinfo(): string {
  const one = (n: number): string => `processor\t: ${n}
vendor_id\t: knetsim
model name\t: simulated CPU
cpu MHz\t\t: 1000.000
siblings\t: ${CPU_COUNT}
core id\t\t: ${n}
cpu cores\t: ${CPU_COUNT}

`;
  return Array.from({ length: CPU_COUNT }, (_, n) => one(n)).join("");
}

/** `processes` of them use memory, and so do the bytes of all files. */
export function meminfo(processes: number, fileBytes: number): string {
  const usedKb = processes * PROCESS_RSS_PAGES * 4;
  const cachedKb = Math.ceil(fileBytes / 1024);
  const freeKb = Math.max(0, MEM_TOTAL_KB - usedKb - cachedKb);
  const rows: [string, number][] = [
    ["MemTotal", MEM_TOTAL_KB], ["MemFree", freeKb], ["MemAvailable", freeKb + cachedKb], ["Buffers", 0],
    ["Cached", cachedKb], ["SwapCached", 0], ["SwapTotal", 0], ["SwapFree", 0], ["Shmem", 0], ["Slab", 0],
  ];
  return rows.map(([name, kb]) => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`).join("");
}

const FILESYSTEMS = ["sysfs", "tmpfs", "proc", "cgroup2", "devtmpfs", "sockfs", "pipefs", "devpts", "nsfs"];
export const filesystems = (): string => `${FILESYSTEMS.map((name) => `nodev\t${name}\n`).join("")}\text4\n`;
