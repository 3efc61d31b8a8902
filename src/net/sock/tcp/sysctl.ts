import type { Netns } from "../../core/netns.ts";
import { type SysctlEntry, intEntry, parseSysctlInt } from "../../core/sysctl.ts";
import type { Errno } from "../../uapi/errno.ts";

/** net.ipv4.tcp_* (Documentation/networking/ip-sysctl.rst), with the values of the kernel that the transcripts come from. */
export class TcpSysctls {
  abortOnOverflow = 0;
  challengeAckLimit = 2147483647;
  compSackDelayNs = 1_000_000;
  compSackNr = 44;
  compSackSlackNs = 100_000;
  dsack = 1;
  earlyRetrans = 3;
  finTimeoutSec = 60;
  frto = 2;
  invalidRatelimitMs = 500;
  keepaliveIntvlSec = 75;
  keepaliveProbes = 9;
  keepaliveTimeSec = 7200;
  maxReordering = 300;
  maxSynBacklog = 2048;
  maxTwBuckets = 131072;
  minRttWlenSec = 300;
  minSndMss = 48;
  moderateRcvbuf = 1;
  mtuProbing = 0;
  notsentLowat = 4294967295;
  orphanRetries = 0;
  recovery = 1;
  reordering = 3;
  retries1 = 3;
  retries2 = 15;
  rfc1337 = 0;
  rtoMaxMs = 120000;
  rtoMinUs = 200000;
  sack = 1;
  shrinkWindow = 0;
  slowStartAfterIdle = 1;
  synLinearTimeouts = 4;
  synRetries = 6;
  synackRetries = 5;
  syncookies = 1;
  timestamps = 1;
  twReuse = 2;
  twReuseDelayMs = 1000;
  windowScaling = 1;
  appWin = 31;
  retransCollapse = 1;
  autocorking = 1;
  pingpongThresh = 1;
  congestionControl = "cubic";
  rmem: readonly number[] = [4096, 131072, 33554432];
  wmem: readonly number[] = [4096, 16384, 4194304];
  /** net.core.rmem_max, wmem_max: what SO_RCVBUF and SO_SNDBUF may ask for. */
  rmemMax = 4194304;
  wmemMax = 4194304;
  /** net.core.somaxconn: the longest accept queue. */
  somaxconn = 4096;
}

/** Algorithms a socket may ask for. */
const ALGORITHMS: readonly string[] = ["reno", "cubic"];

/** Adds net/ipv4/tcp_* to /proc/sys. */
export function registerTcpSysctls(ns: Netns): void {
  ns.sysctl.extend("net/ipv4", () => new Map([...entries(ns.sock.tcp.sysctl)].map(([name, entry]) => [`tcp_${name}`, entry])));
  ns.sysctl.extend("net/core", () => new Map([["somaxconn", intEntry(ns.sock.tcp.sysctl, "somaxconn", 0)]]));
}

function entries(s: TcpSysctls): ReadonlyMap<string, SysctlEntry> {
  const bool = (field: Parameters<typeof intEntry<TcpSysctls>>[1]): SysctlEntry => intEntry(s, field, 0, 1);
  return new Map<string, SysctlEntry>([
    ["abort_on_overflow", bool("abortOnOverflow")], ["app_win", intEntry(s, "appWin", 0, 31)], ["autocorking", bool("autocorking")],
    ["available_congestion_control", { get: () => ALGORITHMS.join(" ") }], ["allowed_congestion_control", { get: () => ALGORITHMS.join(" ") }],
    ["challenge_ack_limit", intEntry(s, "challengeAckLimit")], ["comp_sack_delay_ns", intEntry(s, "compSackDelayNs")],
    ["comp_sack_nr", intEntry(s, "compSackNr", 0, 255)], ["comp_sack_slack_ns", intEntry(s, "compSackSlackNs")],
    ["congestion_control", { get: () => s.congestionControl, set: (text) => setCongestion(s, text.trim()) }],
    ["dsack", bool("dsack")], ["early_retrans", intEntry(s, "earlyRetrans", 0, 4)], ["fin_timeout", intEntry(s, "finTimeoutSec")],
    ["frto", intEntry(s, "frto", 0, 255)], ["invalid_ratelimit", intEntry(s, "invalidRatelimitMs")],
    ["keepalive_intvl", intEntry(s, "keepaliveIntvlSec")], ["keepalive_probes", intEntry(s, "keepaliveProbes", 0, 255)],
    ["keepalive_time", intEntry(s, "keepaliveTimeSec")], ["max_reordering", intEntry(s, "maxReordering")],
    ["max_syn_backlog", intEntry(s, "maxSynBacklog")], ["max_tw_buckets", intEntry(s, "maxTwBuckets")],
    ["min_rtt_wlen", intEntry(s, "minRttWlenSec", 0, 86400)], ["min_snd_mss", intEntry(s, "minSndMss", 48, 65535)],
    ["moderate_rcvbuf", bool("moderateRcvbuf")], ["notsent_lowat", intEntry(s, "notsentLowat", 0, 4294967295)],
    ["orphan_retries", intEntry(s, "orphanRetries", 0, 255)], ["pingpong_thresh", intEntry(s, "pingpongThresh", 1, 255)],
    ["recovery", intEntry(s, "recovery", 0, 255)], ["reordering", intEntry(s, "reordering")],
    ["retrans_collapse", bool("retransCollapse")], ["retries1", intEntry(s, "retries1", 0, 255)], ["retries2", intEntry(s, "retries2", 0, 255)],
    ["rfc1337", bool("rfc1337")], ["rmem", tripleEntry(() => s.rmem, (v) => { s.rmem = v; })],
    ["rto_max_ms", intEntry(s, "rtoMaxMs", 1000, 120000)], ["rto_min_us", intEntry(s, "rtoMinUs", 1)], ["sack", bool("sack")],
    ["shrink_window", bool("shrinkWindow")], ["slow_start_after_idle", bool("slowStartAfterIdle")],
    ["syn_linear_timeouts", intEntry(s, "synLinearTimeouts", 0, 127)], ["syn_retries", intEntry(s, "synRetries", 1, 127)],
    ["synack_retries", intEntry(s, "synackRetries", 0, 255)], ["syncookies", intEntry(s, "syncookies", 0, 2)],
    ["timestamps", intEntry(s, "timestamps", 0, 2)], ["tw_reuse", intEntry(s, "twReuse", 0, 2)], ["tw_reuse_delay", intEntry(s, "twReuseDelayMs", 1, 60000)],
    ["window_scaling", bool("windowScaling")], ["wmem", tripleEntry(() => s.wmem, (v) => { s.wmem = v; })],
  ]);
}

function setCongestion(s: TcpSysctls, name: string): Errno | undefined {
  if (!ALGORITHMS.includes(name)) return "ENOENT";
  s.congestionControl = name;
  return undefined;
}

function tripleEntry(get: () => readonly number[], set: (v: readonly number[]) => void): SysctlEntry {
  return {
    get: () => get().join("\t"),
    set: (text) => {
      const numbers = text.trim().split(/\s+/).map(parseSysctlInt);
      if (numbers.length > 3 || numbers.some((n) => n === null || n < 1)) return "EINVAL";
      set(get().map((old, i) => numbers[i] ?? old));
      return undefined;
    },
  };
}
