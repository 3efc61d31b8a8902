import type { FingerprintRun } from "../protocol/messages.ts";

/** The run whose trace is compared between Node, Chromium and yesterday. */
export const GOLDEN_RUN: FingerprintRun = {
  scenario: "two-clusters",
  seed: 1,
  commands: [
    { at: "C0w1/c1", command: "ping -c 2 11.11.0.2" },
    { at: "C0w2", command: "ip neigh; bridge fdb show dev flannel.100" },
    { at: "C0w1/c1", command: "ping -c 1 -W 1 8.8.8.8" },
    { at: "C0e1", command: "curl -s 10.0.0.3:8001/svc1; curl -s 10.0.0.3:8001/svc2; curl -s 10.0.0.4:81" },
    { at: "C0w1", command: "tc qdisc add dev C0w1-eth0 root netem delay 5ms loss 10%; head -c 200000 /dev/zero | nc -q 0 -w 5 10.0.0.5 9 ; curl -s 100.64.11.2:8000; tc -s qdisc show dev C0w1-eth0" },
  ],
};

/** Changes whenever anything on the packet path changes: commit a new one only when you understand what caused it. */
export const GOLDEN_HASH = "84f39e8b5c8fec4b";
