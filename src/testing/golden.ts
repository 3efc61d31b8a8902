import type { FingerprintRun } from "../protocol/messages.ts";

/** The run whose trace is compared between Node, Chromium and yesterday. */
export const GOLDEN_RUN: FingerprintRun = {
  scenario: "two-clusters",
  seed: 1,
  commands: [
    { at: "C0w1/c1", command: "ping -c 2 11.11.0.2" },
    { at: "C0w2", command: "ip neigh; bridge fdb show dev flannel.100" },
    { at: "C0w1/c1", command: "ping -c 1 -W 1 8.8.8.8" },
  ],
};

/** Changes whenever anything on the packet path changes: commit a new one only when you understand what caused it. */
export const GOLDEN_HASH = "311d8532def3554c";
