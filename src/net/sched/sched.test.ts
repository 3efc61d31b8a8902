import { describe, expect, it } from "vitest";
import { NetTestbed, ipOf } from "../../testing/net-testbed.ts";
import { rtnlRequest } from "../rtnl.ts";
import type { RtnlReply } from "../uapi/rtnetlink.ts";
import type { HtbClassOptions, NetemOptions, QdiscOptions, QdiscRow } from "../uapi/rtnetlink-qdisc.ts";
import { TC_H_ROOT } from "./qdisc.ts";

const PER_CENT = 0xffffffff / 100;
const MS_TICKS = 1e6 / 64;
const netem = (o: Partial<NetemOptions>): QdiscOptions =>
  ({ kind: "netem", netem: { limit: 1000, latencyTicks: 0, jitterTicks: 0, gap: 0, loss: 0, duplicate: 0, ...o } });
const tbf = (rate: number, burstBytes: number, limitBytes: number): QdiscOptions =>
  ({ kind: "tbf", tbf: { rate, peakRate: 0, burstBytes, mtuBytes: 0, limitBytes, overhead: 0, mpu: 0, linklayer: "ethernet" } });

/** Two machines that know each other; disciplines go to a's eth0. */
class Bed extends NetTestbed {
  constructor(seed = 1) {
    super(seed);
    this.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
    this.ping("a", "10.0.0.2");
    this.pass(0.1);
    this.events.length = 0;
  }

  add(options: QdiscOptions, parent = TC_H_ROOT, handle = 0): RtnlReply {
    const flags = { create: true, exclusive: true, replace: false, append: false };
    return this.ask({ op: "qdisc.new", flags, ifindex: this.#dev.ifindex, handle, parent, kind: options.kind, options });
  }

  addClass(classid: number, parent: number, htb: HtbClassOptions): RtnlReply {
    const flags = { create: true, exclusive: true, replace: false, append: false };
    return this.ask({ op: "class.new", flags, ifindex: this.#dev.ifindex, parent, classid, kind: "htb", htb });
  }

  change(options: QdiscOptions): RtnlReply {
    const flags = { create: false, exclusive: false, replace: false, append: false };
    return this.ask({ op: "qdisc.new", flags, ifindex: this.#dev.ifindex, handle: 0, parent: TC_H_ROOT, kind: options.kind, options });
  }

  rows(invisible = false): readonly QdiscRow[] {
    const reply = this.ask({ op: "qdisc.dump", ifindex: this.#dev.ifindex, invisible });
    return "items" in reply ? reply.items.flatMap((i) => (i.is === "qdisc" ? [i.qdisc] : [])) : [];
  }

  ask(request: Parameters<typeof rtnlRequest>[1]): RtnlReply {
    return rtnlRequest({ ns: this.host("a"), journey: 0, netnsOf: () => "EINVAL" }, request);
  }

  get #dev(): { readonly ifindex: number } {
    return this.host("a").device("eth0")!;
  }

  /** Arrivals at b, ms after now, with their lengths. */
  arrivals(sinceNs: number): readonly (readonly [ms: number, bytes: number])[] {
    return this.events.filter((e) => e.kind === "l2.rx" && e.place === "b").map((e) => [Math.round((e.atNs - sinceNs) / 1e6), e.wireLength] as const);
  }
}

describe("netem", () => {
  it("delay 100 ms → a ping arrives 100 ms later, and counts in the discipline", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 100 * MS_TICKS }));
    const now = bed.sim.nowNs;
    bed.ping("a", "10.0.0.2");
    expect(bed.rows()[0]!.stats).toMatchObject({ qlen: 1, backlog: 98 });
    bed.pass(1);
    expect(bed.arrivals(now)).toEqual([[100, 98]]);
    expect(bed.rows()[0]!.stats).toMatchObject({ qlen: 0, backlog: 0, bytes: 98, packets: 1 });
  });

  it("jitter without order → frames overtake each other, none is lost", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 50 * MS_TICKS, jitterTicks: 40 * MS_TICKS }));
    for (let i = 0; i < 20; i++) bed.ping("a", "10.0.0.2", 100 + i);
    bed.pass(1);
    const lengths = bed.arrivals(0).map(([, bytes]) => bytes);
    expect(lengths).toHaveLength(20);
    expect(lengths).not.toEqual([...lengths].sort((x, y) => x - y));
  });

  it("loss 30 % of 400 → about 120 are lost, the same ones with the same seed", () => {
    const lost = (): number => {
      const bed = new Bed(3);
      bed.add(netem({ loss: 30 * PER_CENT }));
      for (let i = 0; i < 400; i++) bed.ping("a", "10.0.0.2");
      expect(new Set(bed.drops())).toEqual(new Set(["a QDISC_LOSS"]));
      return bed.rows()[0]!.stats.drops;
    };
    expect(lost()).toBeGreaterThan(90);
    expect(lost()).toBeLessThan(150);
    expect(lost()).toBe(lost());
  });

  it("Gilbert-Elliot loss comes in bursts: as much as random loss, in fewer runs", () => {
    const runs = (o: Partial<NetemOptions>): readonly [number, number] => {
      const bed = new Bed(4);
      bed.add(netem(o));
      const gone: boolean[] = [];
      for (let i = 0; i < 2000; i++) {
        const before = bed.rows()[0]!.stats.drops;
        bed.ping("a", "10.0.0.2");
        gone.push(bed.rows()[0]!.stats.drops > before);
      }
      return [gone.filter(Boolean).length, gone.filter((g, i) => g && gone[i - 1] !== true).length];
    };
    const [lostRandom, runsRandom] = runs({ loss: 20 * PER_CENT });
    const [lostBurst, runsBurst] = runs({ lossModel: { is: "gemodel", p: 2.5 * PER_CENT, r: 10 * PER_CENT, h: 0, k1: 0 } });
    expect(Math.abs(lostBurst - lostRandom)).toBeLessThan(150);
    expect(runsBurst * 3).toBeLessThan(runsRandom);
  });

  it("duplicate 100 % → each frame arrives twice", () => {
    const bed = new Bed();
    bed.add(netem({ duplicate: 0xffffffff }));
    bed.ping("a", "10.0.0.2");
    bed.pass(0.1);
    expect(bed.arrivals(0)).toHaveLength(2);
  });

  it("reorder 25 % with a gap of 4 → a fourth of the frames leave at once", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 10 * MS_TICKS, gap: 4, reorder: { probability: 0xffffffff, correlation: 0 } }));
    const now = bed.sim.nowNs;
    for (let i = 0; i < 8; i++) bed.ping("a", "10.0.0.2", 100 + i);
    bed.pass(1);
    expect(bed.arrivals(now).map(([ms, bytes]) => `${ms}:${bytes - 134}`)).toEqual(["0:3", "0:7", "10:0", "10:1", "10:2", "10:4", "10:5", "10:6"]);
  });

  it("rate 1 Mbit/s → frames of 1000 bytes leave 8 ms apart", () => {
    const bed = new Bed();
    bed.add(netem({ rate: { rate: 125_000, packetOverhead: 0, cellSize: 0, cellOverhead: 0 } }));
    const now = bed.sim.nowNs;
    for (let i = 0; i < 3; i++) bed.ping("a", "10.0.0.2", 966);
    bed.pass(1);
    expect(bed.arrivals(now)).toEqual([[8, 1000], [16, 1000], [24, 1000]]);
  });

  it("limit 2 → the third of three waiting frames is dropped", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 10 * MS_TICKS, limit: 2 }));
    for (let i = 0; i < 3; i++) bed.ping("a", "10.0.0.2");
    expect(bed.drops()).toEqual(["a QDISC_DROP"]);
  });

  it("corrupt 100 % → the receiver's checksums say so", () => {
    const bed = new Bed(2);
    bed.add(netem({ corrupt: { probability: 0xffffffff, correlation: 0 } }));
    for (let i = 0; i < 30; i++) bed.ping("a", "10.0.0.2", 500);
    bed.pass(1);
    expect(bed.drops()).toContain("b ICMP_CSUM");
  });

  it("a change keeps what it does not mention of rate and corruption, and resets the delay", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 10 * MS_TICKS, rate: { rate: 125_000, packetOverhead: 0, cellSize: 0, cellOverhead: 0 } }));
    bed.change(netem({ loss: PER_CENT }));
    expect(bed.rows()[0]!.options).toMatchObject({ netem: { latencyTicks: 0, rate: { rate: 125_000 } } });
  });

  it("the device goes down with frames waiting → they are lost", () => {
    const bed = new Bed();
    bed.add(netem({ latencyTicks: 10 * MS_TICKS }));
    bed.ping("a", "10.0.0.2");
    bed.down("a", "eth0");
    expect(bed.drops()).toEqual(["a QDISC_DROP"]);
    expect(bed.rows()[0]!.stats.qlen).toBe(0);
  });
});

describe("tbf", () => {
  it("1 Mbit/s, a burst of 2000 bytes → two frames of 1000 at once, the next every 8 ms", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 2000, 10_000));
    const now = bed.sim.nowNs;
    for (let i = 0; i < 4; i++) bed.ping("a", "10.0.0.2", 966);
    bed.pass(1);
    expect(bed.arrivals(now).map(([ms]) => ms)).toEqual([0, 0, 8, 16]);
    expect(bed.rows()[0]!.stats.overlimits).toBeGreaterThan(0);
  });

  it("a frame longer than the burst → dropped", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 500, 10_000));
    bed.ping("a", "10.0.0.2", 966);
    expect(bed.drops()).toEqual(["a QDISC_DROP"]);
  });

  it("with netem in its class → the rate first, then the delay", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 1000, 10_000), TC_H_ROOT, 0x10000);
    bed.add(netem({ latencyTicks: 100 * MS_TICKS }), 0x10001, 0x100000);
    const now = bed.sim.nowNs;
    bed.ping("a", "10.0.0.2", 966);
    bed.ping("a", "10.0.0.2", 966);
    bed.pass(1);
    expect(bed.arrivals(now).map(([ms]) => ms)).toEqual([100, 108]);
    expect(bed.rows().map((r) => r.kind)).toEqual(["tbf", "netem"]);
  });
});

describe("prio and fq_codel", () => {
  it("prio: a frame of low delay passes those that wait in other bands", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 1000, 100_000), TC_H_ROOT, 0x10000);
    bed.add({ kind: "prio", bands: 3, priomap: [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1] }, 0x10001, 0x20000);
    for (let i = 0; i < 4; i++) bed.ping("a", "10.0.0.2", 966);
    const urgent = bed.ping("a", "10.0.0.2", 0);
    urgent.setOption("IP_TOS", 0x10);
    urgent.send({ data: new Uint8Array([8, 0, 0xf7, 0xff, 0, 0, 0, 0]), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 0 } }, 1);
    bed.pass(1);
    const lengths = bed.arrivals(0).map(([, bytes]) => bytes);
    expect(lengths.indexOf(42)).toBeLessThan(3);
  });

  it("fq_codel behind a slow tbf: a thin flow does not wait for a fat one", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 1514, 1_000_000), TC_H_ROOT, 0x10000);
    bed.add({ kind: "fq_codel", fqCodel: {} }, 0x10001, 0x20000);
    const now = bed.sim.nowNs;
    for (let i = 0; i < 40; i++) bed.ping("a", "10.0.0.2", 1400);
    bed.addAddress(bed.host("b").device("eth0")!, "10.0.0.3/24");
    bed.ping("a", "10.0.0.3", 64);
    bed.pass(1);
    const thin = bed.events.find((e) => e.kind === "l2.rx" && e.place === "b" && e.wireLength === 98);
    expect((thin!.atNs - now) / 1e6).toBeLessThan(60);
  });

  it("fq_codel: frames that wait longer than the target for an interval → CoDel drops some", () => {
    const bed = new Bed();
    bed.add(tbf(125_000, 1514, 1_000_000), TC_H_ROOT, 0x10000);
    bed.add({ kind: "fq_codel", fqCodel: {} }, 0x10001, 0x20000);
    for (let i = 0; i < 100; i++) {
      bed.ping("a", "10.0.0.2", 1400);
      bed.pass(0.008);
    }
    bed.pass(2);
    expect(bed.rows().find((r) => r.kind === "fq_codel")!.stats.drops).toBeGreaterThan(0);
  });
});

describe("htb", () => {
  const HTB: QdiscOptions = { kind: "htb", htb: { defaultClass: 0x20, r2q: 10, directQlen: null } };
  const RATE = 125_000;
  const options = (rate: number, ceil: number): HtbClassOptions => ({ rate, ceil, bufferTicks: Math.floor((1600e9 / rate) / 64), cbufferTicks: Math.floor((1600e9 / ceil) / 64), prio: 0, quantum: 0, overhead: 0, mpu: 0, linklayer: "ethernet" });

  /** A root class of 3 Mbit/s; 1:10 has 2 of them, 1:20 has 1; each may use all. */
  const tree = (): Bed => {
    const bed = new Bed();
    bed.add(HTB, TC_H_ROOT, 0x10000);
    bed.addClass(0x10001, TC_H_ROOT, options(3 * RATE, 3 * RATE));
    bed.addClass(0x10010, 0x10001, options(2 * RATE, 3 * RATE));
    bed.addClass(0x10020, 0x10001, options(RATE, 3 * RATE));
    return bed;
  };

  it("a class alone borrows up to its ceiling: 3 Mbit/s", () => {
    const bed = tree();
    const now = bed.sim.nowNs;
    for (let i = 0; i < 40; i++) bed.ping("a", "10.0.0.2", 966);
    bed.pass(1);
    const [last] = bed.arrivals(now).at(-1)!;
    expect(last).toBeGreaterThan(98);
    expect(last).toBeLessThan(108);
  });

  it("two classes that both want more share as their rates are: 2 to 1", () => {
    const bed = tree();
    const filter = { op: "filter.new", flags: { create: true, exclusive: true, replace: false, append: false }, ifindex: 2, parent: 0x10000, pref: 1, protocol: 0x0800, kind: "u32", classid: 0x10010 } as const;
    bed.ask({ ...filter, keys: [{ value: 0x0a000003, mask: 0xffffffff, offset: 16 }] });
    bed.addAddress(bed.host("b").device("eth0")!, "10.0.0.3/24");
    for (let i = 0; i < 100; i++) for (const to of ["10.0.0.2", "10.0.0.3"]) bed.ping("a", to, 966);
    bed.pass(0.2);
    const first = bed.events.filter((e) => e.kind === "l2.rx" && e.place === "b" && e.wireLength === 1000).map((e) => e.bytes![33]);
    const count = (last: number): number => first.filter((b) => b === last).length;
    expect(first.length).toBeGreaterThan(60);
    expect(count(3) / count(2)).toBeGreaterThan(1.8);
    expect(count(3) / count(2)).toBeLessThan(2.2);
  });

  it("no class for it → straight through; a class in use is not deleted", () => {
    const bed = tree();
    expect(bed.ask({ op: "class.del", ifindex: 2, parent: 0, classid: 0x10001 })).toMatchObject({ message: "HTB class in use" });
    bed.ask({ op: "class.del", ifindex: 2, parent: 0, classid: 0x10020 });
    const now = bed.sim.nowNs;
    for (let i = 0; i < 40; i++) bed.ping("a", "10.0.0.2", 966);
    bed.pass(0.1);
    expect(bed.arrivals(now).filter(([ms]) => ms === 0)).toHaveLength(40);
    expect(bed.rows()[0]!.options).toMatchObject({ htb: { directPackets: 40 } });
  });
});

describe("a sender's buffer", () => {
  it("tbf holds 30 kB of a raw socket's packets → EAGAIN until half of the send buffer is free, then it is woken", () => {
    const bed = new Bed();
    bed.add(tbf(12_500, 1514, 1_000_000));
    const sock = bed.ping("a", "10.0.0.2", 8);
    sock.setOption("SO_SNDBUF", 10_000);
    const message = { data: new Uint8Array([8, 0, 0xf7, 0xff, 0, 0, 0, 0]), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 0 } } as const;
    let sent = 0;
    while (sock.send(message, 1) !== "EAGAIN" && sent < 1000) sent++;
    // A burst left at once; then 20 kB (the option counts double) hold two dozen packets of 832 bytes.
    expect(sent).toBeGreaterThan(20);
    expect(sent).toBeLessThan(70);
    expect(sock.writable()).toBe(false);
    bed.pass(1);
    expect(sock.writable()).toBe(true);
    expect(sock.send(message, 1)).toBe(8);
  });

  it("a full pfifo behind tbf: ENOBUFS for those who hear errors (ping), silence for others", () => {
    const bed = new Bed();
    bed.add(tbf(12_500, 1514, 1_000), TC_H_ROOT, 0x10000);
    const results = Array.from({ length: 40 }, () => {
      const sock = bed.ping("a", "10.0.0.2", 8);
      const message = { data: new Uint8Array([8, 0, 0xf7, 0xff, 0, 0, 0, 0]), to: { family: "inet", addr: ipOf("10.0.0.2"), port: 0 } } as const;
      const loud = sock.send(message, 1);
      sock.setOption("IP_RECVERR", false);
      return [loud, sock.send(message, 1)];
    });
    expect(results.at(-1)).toEqual(["ENOBUFS", 8]);
  });
});
