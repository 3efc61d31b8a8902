import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SimMachine } from "../../testing/replay.ts";
import { formatUnit, parseRate, parseSize } from "./units.ts";

describe("iperf3 between two machines on one cable", () => {
  let machine: SimMachine;
  const run = async (command: string): Promise<string> => {
    const r = await machine.run("box", command);
    return r.stdout + r.stderr;
  };
  /** The receiver's rate, bits a second. */
  const received = (text: string): number => {
    const [, n, unit = ""] = /([\d.]+) ([KMG]?)bits\/sec +(?:[\d.]+ ms .*)?receiver/.exec(text) ?? [];
    return Number(n) * { "": 1, K: 1e3, M: 1e6, G: 1e9 }[unit]!;
  };

  beforeAll(async () => {
    machine = await SimMachine.create();
    await run("ip netns add n; ip link add a0 type veth peer name b0 netns n; ip addr add 10.9.9.1/24 dev a0; ip link set a0 up; ip -n n addr add 10.9.9.2/24 dev b0; ip -n n link set b0 up; ip -n n link set lo up");
    await run("ip netns exec n iperf3 -s -D; sleep 0.2");
  });
  afterAll(() => machine.dispose());

  it("tbf of 10 Mbit/s → 9.6 Mbit/s of data, nothing sent again, a small window: what Linux 6.18 gets with cubic and no offloads", async () => {
    await run("tc qdisc add dev a0 root tbf rate 10mbit burst 20k latency 50ms");
    const text = await run("iperf3 -c 10.9.9.2 -t 3");
    await run("sleep 0.3; tc qdisc del dev a0 root");
    expect(received(text)).toBeCloseTo(9.61e6, -5);
    expect(text).toMatch(/3\.\d\d MBytes +9\.\d+ Mbits\/sec +0 +sender/);
    expect(text).toMatch(/33\.9 KBytes/);
  });

  it("delay and loss → far below the cable's rate, and segments sent again", async () => {
    await run("tc qdisc add dev a0 root netem delay 20ms loss 1%");
    const text = await run("iperf3 -c 10.9.9.2 -t 3");
    await run("sleep 1; tc qdisc del dev a0 root");
    expect(received(text)).toBeGreaterThan(1e6);
    expect(received(text)).toBeLessThan(3e7);
    expect(Number(/(\d+) +sender/.exec(text)![1])).toBeGreaterThan(3);
  });

  it("UDP of 20 Mbit/s into a tbf of 10 → the sender is held back, as its send buffer is full", async () => {
    await run("tc qdisc add dev a0 root tbf rate 10mbit burst 20k latency 500ms");
    const text = await run("iperf3 -c 10.9.9.2 -u -b 20M -t 2");
    await run("sleep 0.3; tc qdisc del dev a0 root");
    expect(received(text)).toBeGreaterThan(9.4e6);
    expect(received(text)).toBeLessThan(1e7);
  });

  it("no limit → what simulated processors take, below 2 Gbit/s; reverse the same", async () => {
    for (const reverse of ["", "-R"]) {
      const rate = received(await run(`iperf3 -c 10.9.9.2 -n 8M ${reverse}`));
      expect(rate).toBeGreaterThan(1.5e9);
      expect(rate).toBeLessThan(2.1e9);
    }
  });

  it("-J → JSON whose sums agree with its streams", async () => {
    const report: unknown = JSON.parse(await run("iperf3 -c 10.9.9.2 -n 300K -P 2 -J"));
    expect(report).toMatchObject({ start: { test_start: { protocol: "TCP", num_streams: 2, bytes: 307200 } }, end: { sum_sent: { retransmits: 0, sender: true } } });
    expect(report).toHaveProperty("end.streams.length", 2);
  });

  it("what the control connection says, byte for byte", async () => {
    await run("tcpdump -ni a0 -w /tmp/c.pcap 'tcp port 5201' & sleep 0.3; iperf3 -c 10.9.9.2 -u -b 100K -l 100 -n 1000; sleep 1.5; kill -INT $!; wait");
    const text = await run("tcpdump -nr /tmp/c.pcap -A 2> /dev/null | grep -oE '\\{.*\\}'");
    const [parameters, mine, theirs] = text.trim().split("\n");
    expect(parameters).toBe('{"udp":true,"omit":0,"time":0,"num":1000,"blockcount":0,"parallel":1,"len":100,"bandwidth":100000,"pacing_timer":1000,"client_version":"3.12"}');
    expect(mine).toMatch(/^\{"cpu_util_total":.*"sender_has_retransmits":0,"streams":\[\{"id":1,"bytes":1000,"retransmits":18446744073709551615,"jitter":0,"errors":0,"packets":10,/);
    expect(theirs).toMatch(/"sender_has_retransmits":18446744073709551615,.*"packets":\d+,"start_time":0,"end_time":[\d.]+\}\]\}$/);
  });

  it("Ctrl-C → what there is so far, and the server goes on listening", async () => {
    const text = await run("timeout -s INT 1.5 iperf3 -c 10.9.9.2 -b 1M");
    expect(text).toContain("iperf3: interrupt - the client has terminated\n");
    expect(text).toMatch(/0\.00-1\.50 +sec .*sender/);
    expect(await run("iperf3 -c 10.9.9.2 -n 1K")).toContain("iperf Done.");
  });

  it("two clients at once → the second is told that the server is busy", async () => {
    expect(await run("iperf3 -c 10.9.9.2 -b 1M -t 1 > /dev/null & sleep 0.3; iperf3 -c 10.9.9.2; wait")).toContain("iperf3: error - the server is busy running a test. try again later");
  });
});

describe("iperf3's units", () => {
  it.each([["1M", 1048576, 1e6], ["10k", 10240, 10000], ["2.5G", 2684354560, 2.5e9], ["7", 7, 7], ["x", 0, 0]])("%s is %i bytes or %i bits", (text, size, rate) => {
    expect([parseSize(text), parseRate(text)]).toEqual([size, rate]);
  });
  it("four digits and the fitting unit; bits by thousands, bytes by 1024", () => {
    expect([formatUnit(0, "A"), formatUnit(1023, "A"), formatUnit(131072, "A"), formatUnit(1.25e6, "a"), formatUnit(1.25e6, "k"), formatUnit(1048576, "M")])
      .toEqual(["0.00 Byte", "1023 Byte", " 128 KByte", "10.0 Mbit", "10000 Kbit", "1.00 MByte"]);
  });
});
