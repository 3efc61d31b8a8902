import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** Ports, rates, times and windows are a machine's own; what is left of a report is its words, its columns and what was counted. */
const MASK = "sed -E -e 's/port [0-9]{5}/port P/g' -e 's/-[0-9.]+ +sec/-T sec/' -e 's/ +[0-9.]+ [KMG]?bits/ R bits/' -e 's/ +[0-9.]+ [KM]Bytes +$/ W/' -e 's/[0-9.]+ ms/J ms/' -e 's/ +[0-9]+ +W$/ N W/' -e 's/ +[0-9]+ +sender/ N sender/'";
const SERVER = "iperf3 -s -1 > /tmp/knetsim-iperf3.out 2>&1 & sleep 0.5";

/** iperf3: mistakes, and small tests over lo whose bytes and datagrams are counted. */
export const IPERF3_SCRIPTS: readonly Script[] = [
  {
    name: "iperf3", title: "iperf3: wrong words, nobody there, small tests by TCP and UDP, both ways, several streams",
    steps: box(
      "iperf3 -c 127.0.0.1", "iperf3 -c 127.0.0.1 -p 99", "iperf3 -c 127.0.0.1 -x 2>&1 | head -4", "iperf3 -c", "iperf3", "iperf3 -s -c 127.0.0.1 2>&1 | head -2",
      "iperf3 -c 127.0.0.1 -t x", "iperf3 -c 127.0.0.1 -t 100000 2>&1 | head -2", "iperf3 -s -t 3 2>&1 | head -2", "iperf3 -c 127.0.0.1 -D 2>&1 | head -2", "iperf3 -c 127.0.0.1 -t 3 -n 1M 2>&1 | head -2",
      "iperf3 -c 127.0.0.1 -P 200 2>&1 | head -2", "iperf3 -c 127.0.0.1 -i 100 2>&1 | head -2", "iperf3 -c 127.0.0.1 -l 9999999 2>&1 | head -2", "iperf3 -c 127.0.0.1 -w 1G 2>&1 | head -2",
      "iperf3 -c 127.0.0.1 -M 99999 2>&1 | head -2", "iperf3 -c 127.0.0.1 -f x 2>&1 | head -2", "iperf3 -c 127.0.0.1 -u -l 5 2>&1 | head -2", "iperf3 -c 127.0.0.1 -p 0 2>&1 | head -2", "iperf3 -h", "iperf3 --nosuch 2>&1 | head -3",
      "iperf3 -c 127.0.0.1 -J | grep error",
      `${SERVER}; iperf3 -c 127.0.0.1 -u -b 45K -l 1000 -t 1 | ${MASK}`, `sleep 0.3; cat /tmp/knetsim-iperf3.out | ${MASK}`,
      `${SERVER}; iperf3 -c 127.0.0.1 -u -b 45K -l 1000 -t 1 -P 2 | ${MASK}`, `sleep 0.3; cat /tmp/knetsim-iperf3.out | ${MASK}`,
      `${SERVER}; iperf3 -c 127.0.0.1 -b 45K -l 1000 -t 1 | ${MASK}`, `sleep 0.3; cat /tmp/knetsim-iperf3.out | ${MASK}`,
      `${SERVER}; iperf3 -c 127.0.0.1 -b 45K -l 1000 -t 1 -R | ${MASK}`, `sleep 0.3; cat /tmp/knetsim-iperf3.out | ${MASK}`,
      `${SERVER}; iperf3 -c 127.0.0.1 -b 45K -l 1000 -t 1 -f k -M 1000 -N -w 100K | ${MASK}`,
      `${SERVER}; iperf3 -c 127.0.0.1 -b 45K -l 1000 -t 1 --logfile /tmp/knetsim-iperf3.log; cat /tmp/knetsim-iperf3.log | ${MASK}`,
      "rm /tmp/knetsim-iperf3.*; iperf3 -s -D; sleep 0.3; iperf3 -s 2>&1; pkill iperf3",
    ),
  },
];
