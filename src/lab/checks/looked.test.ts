import { expect, test } from "vitest";
import { lookedBy } from "./looked.ts";

test.each([
  ["ip route", ["route"]], ["ip -br addr", ["addr"]], ["ip -4 a show dev eth0", ["addr"]], ["ip n", ["neigh"]], ["ip -d link show flannel.100", ["link"]],
  ["ip -s link show lo", ["link", "counters"]], ["bridge fdb show dev flannel.100", ["fdb"]], ["ip netns list", ["netns"]], ["ifconfig", ["addr", "link", "counters"]], ["arp -n", ["neigh"]],
])("%s shows %j", (line, tables) => {
  expect(lookedBy(line)).toEqual(tables);
});

test.each(["ip route add default via 10.0.0.1", "ip addr add 10.0.0.3/8 dev eth0", "ip netns exec n ping x", "bridge fdb del 00:00:00:00:00:01 dev vx0", "ping ip", "arp -s 10.0.0.1 00:00:00:00:00:01"])("%s changes or does something else", (line) => {
  expect(lookedBy(line)).toEqual([]);
});
