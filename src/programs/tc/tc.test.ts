import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SimMachine } from "../../testing/replay.ts";
import { distribution } from "./distribution.ts";
import { formatRate, formatSize, formatTime, parseClassid, parseHandle, parseRate, parseSize, parseTimeUs } from "./units.ts";

/** Lines as q_netem.c, q_prio.c and q_fq_codel.c of iproute2 6.1 print them; this machine's kernel lacks the three, so they are no transcript. */
describe("tc with disciplines that the recording kernel lacks", () => {
  let machine: SimMachine;
  const run = async (command: string): Promise<string> => {
    const r = await machine.run("box", command);
    return r.stdout + r.stderr;
  };
  const shown = async (netem: string): Promise<string> => {
    await run(`tc qdisc replace dev v0 root handle 1: pfifo; tc qdisc replace dev v0 root handle 2: netem ${netem}`);
    return (await run("tc qdisc show dev v0")).replace("qdisc netem 2: root refcnt 3 ", "");
  };

  beforeAll(async () => {
    machine = await SimMachine.create();
    await run("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up");
  });
  afterAll(() => machine.dispose());

  it.each([
    ["", "limit 1000\n"],
    ["delay 100ms", "limit 1000 delay 100ms\n"],
    ["delay 100ms 10ms", "limit 1000 delay 100ms  10ms\n"],
    ["delay 100ms 10ms 25%", "limit 1000 delay 100ms  10ms 25%\n"],
    ["delay 100ms 20ms distribution normal", "limit 1000 delay 100ms  20ms\n"],
    ["loss 0.3% 25% limit 50", "limit 50 loss 0.3% 25%\n"],
    ["loss gemodel 1% 10% 70% 0.1%", "limit 1000 loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%\n"],
    ["loss state 1%", "limit 1000 loss state p13 1% p31 99% p32 0% p23 100% p14 0%\n"],
    ["duplicate 1%", "limit 1000 duplicate 1%\n"],
    ["delay 10ms reorder 25% 50% gap 5", "limit 1000 delay 10ms reorder 25% 50% gap 5\n"],
    ["corrupt 0.1%", "limit 1000 corrupt 0.1%\n"],
    ["rate 5kbit 20 100 5", "limit 1000 rate 5Kbit packetoverhead 20 cellsize 100 celloverhead 5\n"],
    ["rate 1mbit loss 1% ecn", "limit 1000 loss 1% rate 1Mbit ecn \n"],
  ])("netem %s → %s", async (words, line) => {
    expect(await shown(words)).toBe(line);
  });

  it("netem as JSON: seconds and fractions", async () => {
    await shown("delay 100ms 10ms 25% loss 1%");
    expect(JSON.parse(await run("tc -j qdisc show dev v0"))).toEqual([{
      kind: "netem", handle: "2:", root: true, refcnt: 3,
      options: { limit: 1000, delay: { delay: 0.1, jitter: 0.01, correlation: 0.25 }, "loss-random": { loss: 0.01, correlation: 0 }, ecn: false, gap: 0 },
    }]);
  });

  it("prio, a child in one of its classes, fq_codel", async () => {
    await run("tc qdisc replace dev v0 root handle 1: prio; tc qdisc add dev v0 parent 1:3 handle 30: fq_codel noecn limit 100");
    expect(await run("tc qdisc show dev v0")).toBe(
      "qdisc prio 1: root refcnt 3 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n"
      + "qdisc fq_codel 30: parent 1:3 limit 100p flows 1024 quantum 1514 target 5ms interval 100ms memory_limit 32Mb drop_batch 64 \n",
    );
    expect(await run("tc class show dev v0")).toBe("class prio 1:1 parent 1: \nclass prio 1:2 parent 1: \nclass prio 1:3 parent 1: leaf 30: \n");
  });

  it("ip link names the discipline; what is missing is refused by name", async () => {
    await shown("delay 1ms");
    expect(await run("ip -br link show v0; ip link show v0 | head -1")).toContain("qdisc netem");
    expect(await run("tc qdisc add dev v0 root sfq perturb 10")).toBe("tc: qdisc sfq: not simulated here\n");
    expect(await run("tc filter add dev v0 parent 1: flower dst_ip 1.2.3.4")).toBe("tc: filter flower: not simulated here\n");
    expect(await run("tc qdisc add dev v0 root netem slot 1ms")).toBe("tc: netem slot: not simulated here\n");
  });

  it("filters in prio are listed as Linux lists them in htb: priorities, tables, rules, keys packed by word", async () => {
    await run("tc qdisc replace dev v0 root handle 1: prio");
    for (const words of [
      "protocol ip u32 match ip src 10.0.0.0/24 flowid 1:1", "protocol ip u32 match ip dst 10.0.0.0/24 match ip protocol 1 0xff flowid 1:1",
      "protocol ip prio 7 u32 match ip sport 80 0xffff flowid 1:1", "prio 9 u32 match u8 5 0xf at 3 classid 1:3",
    ]) expect(await run(`tc filter add dev v0 parent 1: ${words}`)).toBe("");
    expect(await run("tc filter show dev v0")).toBe([
      "filter parent 1: protocol ip pref 7 u32 chain 0 ", "filter parent 1: protocol ip pref 7 u32 chain 0 fh 802: ht divisor 1 ",
      "filter parent 1: protocol ip pref 7 u32 chain 0 fh 802::800 order 2048 key ht 802 bkt 0 *flowid 1:1 not_in_hw ", "  match 00500000/ffff0000 at 20",
      "filter parent 1: protocol all pref 9 u32 chain 0 ", "filter parent 1: protocol all pref 9 u32 chain 0 fh 803: ht divisor 1 ",
      "filter parent 1: protocol all pref 9 u32 chain 0 fh 803::800 order 2048 key ht 803 bkt 0 *flowid 1:3 not_in_hw ", "  match 00000005/0000000f at 0",
      "filter parent 1: protocol ip pref 49151 u32 chain 0 ", "filter parent 1: protocol ip pref 49151 u32 chain 0 fh 801: ht divisor 1 ",
      "filter parent 1: protocol ip pref 49151 u32 chain 0 fh 801::800 order 2048 key ht 801 bkt 0 *flowid 1:1 not_in_hw ", "  match 0a000000/ffffff00 at 16", "  match 00010000/00ff0000 at 8",
      "filter parent 1: protocol ip pref 49152 u32 chain 0 ", "filter parent 1: protocol ip pref 49152 u32 chain 0 fh 800: ht divisor 1 ",
      "filter parent 1: protocol ip pref 49152 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:1 not_in_hw ", "  match 0a000000/ffffff00 at 12", "",
    ].join("\n"));
    expect(await run("tc -j filter show dev v0 pref 9 | head -c 200")).toContain('{"parent":"1:","protocol":"all","kind":"u32","chain":0,"options":{"fh":"803:","ht_divisor":1}}');
    expect(await run("tc filter del dev v0 parent 1: pref 9; tc filter del dev v0 parent 1: pref 9")).toBe("Error: Filter with specified priority/protocol not found.\nWe have an error talking to the kernel\n");
    expect(await run("tc filter del dev v0 parent 1: protocol ip pref 49152 handle 800::800 u32; tc filter del dev v0 parent 1:; tc filter show dev v0")).toBe("");
  });

  it.each([
    ["add dev v0 parent 1: protocol ip u32 flowid 1:1", "Error: cls_u32: Selector not specified.\nWe have an error talking to the kernel\n"],
    ["add dev v0 parent 1: protocol ip u32 match ip dst foo flowid 1:1", "Illegal \"match\"\n"],
    ["add dev v0 parent 1: protocol ip u32 match ip dst 1.2.3.4 flowid foo", "Illegal \"classid\"\n"],
    ["add dev v0 parent 3: protocol ip u32 match ip dst 1.2.3.4 flowid 1:1", "Error: Parent Qdisc doesn't exists.\nWe have an error talking to the kernel\n"],
    ["add dev v1 protocol ip u32 match ip dst 1.2.3.4 flowid 1:1", "Error: Qdisc not classful.\nWe have an error talking to the kernel\n"],
    ["change dev v0 parent 1: protocol ip prio 6 u32 match ip dst 1.2.3.5 flowid 1:1", "Error: Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter.\nWe have an error talking to the kernel\n"],
    ["add dev v0 parent 1: protocol foo u32 match ip dst 1.2.3.4 flowid 1:1", "Error: argument \"foo\" is wrong: invalid protocol\n"],
  ])("tc filter %s → %j", async (words, text) => {
    await run("tc qdisc replace dev v0 root handle 1: prio");
    expect(await run(`tc filter ${words}`)).toBe(text);
  });

  it("prio, netem in its third band, a filter for one address: only that one is slow", async () => {
    await run("ip netns add m; ip link add c0 type veth peer name d0 netns m; ip addr add 10.8.8.1/24 dev c0; ip link set c0 up; ip -n m addr add 10.8.8.2/24 dev d0; ip -n m addr add 10.8.8.3/24 dev d0; ip -n m link set d0 up; ping -c 1 10.8.8.2; ping -c 1 10.8.8.3");
    await run("tc qdisc add dev c0 root handle 1: prio; tc qdisc add dev c0 parent 1:3 handle 30: netem delay 200ms; tc filter add dev c0 protocol ip parent 1:0 prio 3 u32 match ip dst 10.8.8.3/32 flowid 1:3");
    const time = async (to: string): Promise<number> => Number(/time=([\d.]+) ms/.exec(await run(`ping -c 1 ${to}`))![1]);
    expect(await time("10.8.8.2")).toBeLessThan(1);
    expect(await time("10.8.8.3")).toBeGreaterThanOrEqual(200);
  });

  it("delay 40 ms at one end → ping takes 40 ms and a little", async () => {
    await run("ip netns add n; ip link add a0 type veth peer name b0 netns n; ip addr add 10.9.9.1/24 dev a0; ip link set a0 up; ip -n n addr add 10.9.9.2/24 dev b0; ip -n n link set b0 up");
    await run("ping -c 1 10.9.9.2; tc qdisc add dev a0 root netem delay 40ms");
    const [, ms] = /time=([\d.]+) ms/.exec(await run("ping -c 1 10.9.9.2")) ?? [];
    expect(Number(ms)).toBeGreaterThanOrEqual(40);
    expect(Number(ms)).toBeLessThan(41);
  });
});

describe("tc's units", () => {
  it.each([["1mbit", 125_000], ["1MBps", 1_000_000], ["100", 12], ["1.5kbit", 187], ["1kibit", 128], ["1foo", null], ["x", null]])("rate %s: %s bytes a second", (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });
  it.each([["10k", 10240], ["1.5mb", 1572864], ["32kbit", 4096], ["0x10", 16], ["-1", null], ["10q", null]])("size %s: %s", (text, size) => {
    expect(parseSize(text)).toBe(size);
  });
  it.each([["100", 100], ["1.5ms", 1500], ["2s", 2_000_000], ["3usecs", 3], ["1h", null]])("time %s: %s µs", (text, us) => {
    expect(parseTimeUs(text)).toBe(us);
  });
  it("rates, sizes and times are written with the unit that loses little", () => {
    expect([formatRate(125_000, false), formatRate(12_800, false), formatRate(125_000, true)]).toEqual(["1Mbit", "102400bit", "1000000bit"]);
    expect([formatSize(1000), formatSize(10240), formatSize(1 << 20), formatSize(1048500)]).toEqual(["1000b", "10Kb", "1Mb", "1048500b"]);
    expect([formatTime(999), formatTime(1500), formatTime(1_234_560)]).toEqual(["999us", "1.5ms", "1.23s"]);
  });
  it("handles and classes", () => {
    expect([parseHandle("1:"), parseHandle("ffff"), parseHandle("foo"), parseHandle("12345:")]).toEqual([0x10000, 0xffff0000, null, null]);
    expect([parseClassid("1:2"), parseClassid(":3"), parseClassid("root"), parseClassid("x")]).toEqual([0x10002, 3, 0xffffffff, null]);
  });
  it("the tables of jitter: 4096 values, mean 0, deviation 1", () => {
    for (const name of ["normal", "pareto", "paretonormal"]) {
      const table = distribution(name)!;
      expect(table).toHaveLength(4096);
      expect(Math.abs(table.reduce((a, b) => a + b, 0) / 4096 / 8192)).toBeLessThan(0.05);
    }
    expect(distribution("nosuch")).toBeNull();
  });
});
