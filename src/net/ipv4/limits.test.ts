import { expect, test } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { IcmpBudget, PeerTable } from "./peer.ts";
import { ReservedPorts } from "./reserved-ports.ts";

const MS = 1e6;
const PEER = ipOf("10.0.0.1");

test("redirects: pauses double from 40 ms, nine in vain → silence until 20 s have passed without any", () => {
  const peers = new PeerTable();
  const sent: number[] = [];
  for (let ms = 0; ms < 30_000; ms += 4) if (peers.allowRedirect(PEER, ms * MS)) sent.push(ms);
  expect(sent).toEqual([0, 44, 128, 292, 616, 1260, 2544, 5108, 10232]);
  expect(peers.allowRedirect(PEER, 60_000 * MS)).toBe(true);
});

test("ICMP errors of a whole machine: 50 in a burst, then 1000 a second, refilled every 20 ms", () => {
  const budget = new IcmpBudget();
  const burst = (atMs: number): number => {
    let n = 0;
    while (budget.allow(atMs * MS, 1000, 50) && n < 1000) {
      budget.consume(1);
      n++;
    }
    return n;
  };
  expect([burst(5000), burst(5010), burst(5020), burst(5040), burst(7000)]).toEqual([50, 0, 20, 20, 50]);
});

// As a real kernel took and showed them.
test.each([
  ["8080,9148-9150", "8080,9148-9150"], ["1-3,2,5", "1-3,5"], ["3,1", "1,3"], ["4,5,6,8", "4-6,8"], ["0", "0"], ["", ""],
  ["70000", null], ["5-3", null], ["abc", null], ["1,,2", null], ["1 2", null], [" 7 ", null], ["10-", null],
])("ip_local_reserved_ports = %j → %j", (written, shown) => {
  const ports = new ReservedPorts();
  ports.entry.set!("99");
  expect(ports.entry.set!(`${written}\n`)).toBe(shown === null ? "EINVAL" : undefined);
  expect(ports.entry.get()).toBe(shown ?? "99");
});

test("a reserved port is never chosen", () => {
  const net = new NetTestbed();
  const { ipv4 } = net.host("a");
  Object.assign(ipv4, { localPortLow: 40000, localPortHigh: 40001 });
  ipv4.reservedPorts.entry.set!("40000");
  expect(ipv4.reservedPorts.has(40000)).toBe(true);
  expect(ipv4.reservedPorts.has(40001)).toBe(false);
});

test("martians are logged with the frame's header, at most ten in five seconds", () => {
  const net = new NetTestbed();
  net.wire("a eth0 10.1.0.2/24", "b eth0 10.1.0.1/24");
  const b = net.host("b");
  b.ipv4.confAll.logMartians = 1;
  b.device("eth0")!.in4!.conf.rpFilter = 1;
  net.addAddress(net.host("a").device("eth0")!, "10.99.0.2/24");
  for (let i = 0; i < 20; i++) {
    const sock = net.ping("a", "10.1.0.1");
    sock.close();
    net.pass(0.01);
  }
  expect(b.world.klog.from(0)).toEqual([]);
  b.ipv4.confAll.rpFilter = 1;
  b.ipv4.fib.main.remove(b.ipv4.fib.main.list()[0]!);
  for (let i = 0; i < 20; i++) {
    net.ping("a", "10.1.0.1").close();
    net.pass(0.01);
  }
  const lines = b.world.klog.from(0).map((l) => l.text);
  expect(lines.length).toBe(20);
  expect(lines[0]).toBe("IPv4: martian source 10.1.0.1 from 10.1.0.2, on dev eth0");
  expect(lines[1]).toMatch(/^ll header: 00000000: (?:[0-9a-f]{2} ){12}08 00$/);
});
