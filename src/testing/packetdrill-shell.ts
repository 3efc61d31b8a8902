import type { PdStage } from "./packetdrill-stage.ts";

/* Commands between back quotes in a script. What the simulator can do is done; the rest is named. */

/** Kernel parameters that the suite's own set-up script gives, before each of its scripts. */
const SUITE_DEFAULTS: readonly (readonly [string, string])[] = [
  ["tcp_rmem", `4096 540000 ${15 * 1024 * 1024}`], ["tcp_wmem", `4096 ${256 * 1024} 4194304`], ["tcp_timestamps", "1"], ["tcp_syn_retries", "5"],
  ["tcp_synack_retries", "5"], ["tcp_frto", "2"], ["tcp_sack", "1"], ["tcp_dsack", "1"], ["tcp_reordering", "3"], ["tcp_congestion_control", "cubic"],
  ["tcp_slow_start_after_idle", "0"], ["tcp_early_retrans", "4"], ["tcp_recovery", "1"], ["tcp_ecn", "0"], ["tcp_notsent_lowat", "4294967295"], ["tcp_syncookies", "1"],
];

/** Sets what the suite's set-up script sets; answers the names of parameters that do not exist here. */
export const applySuiteDefaults = (stage: PdStage): readonly string[] =>
  SUITE_DEFAULTS.filter(([name, value]) => !stage.sysctl(`net/ipv4/${name}`, value)).map(([name]) => `sysctl ${name}`);

/** Runs the commands of one block; answers what could not be done. */
export function runShell(stage: PdStage, text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n/g, " ").replaceAll(/\$\(\((.*?)\)\)/g, (_, sum: string) => String(product(sum)));
  return joined.split(/\n|;|&&/).map((line) => line.replace(/^\s*#.*/, "").trim()).filter((line) => line !== "").flatMap((line) => runLine(stage, line));
}

const product = (text: string): number => text.split("*").reduce((n, part) => n * Number(part), 1);

function runLine(stage: PdStage, line: string): readonly string[] {
  const bare = line.replace(/\s*(?:[12]?>\s*\S+|2>&1)\s*/g, " ").trim();
  if (/defaults\.sh\b/.test(line)) return applySuiteDefaults(stage);
  if (/sysctl_restore|^true$|^ip tcp_metrics flush/.test(line)) return [];
  if (/set_sysctls\.py\b|^sysctl\b/.test(bare)) return assignments(bare).flatMap(([path, value]) => write(stage, path, value));
  const echo = /^echo\s+["']?(.*?)["']?\s*>\s*(\/proc\/sys\/\S+)/.exec(line);
  if (echo !== null) return write(stage, echo[2]!, echo[1]!);
  if (/^ethtool\s+-K\s+tun0\b/.test(bare) && !/\bon\b/.test(bare)) return [];
  if (/^tc qdisc (add|replace) dev tun0 root p?fifo\b/.test(bare)) return [];
  if (/^ip link set(?: dev)? tun0 gso_max_segs 1$/.test(bare)) {
    stage.dev.gsoMaxSegs = 1;
    return [];
  }
  const mtu = /^(?:ip link set(?: dev)? tun0|ifconfig tun0) mtu (\d+)/.exec(bare);
  if (mtu !== null) {
    stage.dev.mtuBytes = Number(mtu[1]);
    stage.ns.world.notify(stage.dev, "mtu");
    return [];
  }
  return [line];
}

/** "a.b=c", "/proc/sys/a/b=\"1 2\"": pairs of path and value. */
function assignments(line: string): readonly (readonly [string, string])[] {
  return [...line.matchAll(/([\w./-]+)\s?=\s?("[^"]*"|'[^']*'|\S+)/g)].map((m) => [m[1]!, m[2]!.replaceAll(/["']/g, "")] as const);
}

function write(stage: PdStage, path: string, value: string): readonly string[] {
  const key = path.replace(/^\/proc\/sys\//, "").replaceAll(".", "/");
  return stage.sysctl(key, value.trim()) ? [] : [`sysctl ${key.replaceAll("/", ".")}`];
}
