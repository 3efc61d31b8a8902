import { describe, expect, it } from "vitest";
import { NetTestbed } from "../../testing/net-testbed.ts";
import type { Netdev } from "../core/netdev.ts";
import type { CableFault } from "../uapi/cable.ts";
import { cutCable, mendCable, setCableFault } from "./veth.ts";

/** Two machines on one cable, neighbours known to each other after a first ping. */
function pair(seed = 1): { readonly bed: NetTestbed; readonly a: Netdev; readonly b: Netdev } {
  const bed = new NetTestbed(seed);
  const [a, b] = bed.wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24");
  bed.ping("a", "10.0.0.2");
  bed.pass(0.1);
  bed.events.length = 0;
  return { bed, a, b };
}

function pings(bed: NetTestbed, count: number, gapSec = 0.01): void {
  for (let i = 0; i < count; i++) {
    bed.ping("a", "10.0.0.2");
    bed.pass(gapSec);
  }
}

/** Echo replies that reached a socket; each may have reached several. */
const answered = (bed: NetTestbed): number => new Set(bed.events.filter((e) => e.kind === "app.recv" && e.place === "a").map((e) => e.skb)).size;
const faulty = (fault: Partial<CableFault>, seed?: number): ReturnType<typeof pair> => {
  const made = pair(seed);
  setCableFault(made.a, fault);
  return made;
};

describe("a cable", () => {
  it("is cut, a frame is sent → both ends have no carrier, nothing passes, the sender's device counts the loss", () => {
    const { bed, a, b } = pair();
    cutCable(b);
    expect([a.carrier, b.carrier, a.operstate, b.operstate]).toEqual([false, false, "down", "down"]);
    bed.ping("a", "10.0.0.2");
    bed.pass(1);
    expect(bed.drops()).toEqual(["a CABLE_CUT"]);
    expect(a.stats.txDropped).toBe(1);
  });

  it("is cut and mended → carrier comes back and pings are answered", () => {
    const { bed, a, b } = pair();
    cutCable(a);
    mendCable(b);
    expect([a.carrier, b.carrier]).toEqual([true, true]);
    pings(bed, 1);
    expect(answered(bed)).toBe(1);
  });

  it("is cut, an end goes down and up → no carrier until it is mended", () => {
    const { bed, a, b } = pair();
    cutCable(a);
    bed.down("b", "eth0");
    bed.up(b);
    expect([a.carrier, b.carrier]).toEqual([false, false]);
    mendCable(a);
    expect([a.carrier, b.carrier]).toEqual([true, true]);
  });

  it("is cut while a frame is under way → the frame is lost", () => {
    const { bed, a } = faulty({ delayNs: 50e6 });
    bed.ping("a", "10.0.0.2");
    bed.pass(0.01);
    cutCable(a);
    bed.pass(1);
    expect(bed.drops().map((d) => d.split(" ")[1])).toEqual(["CABLE_CUT"]);
  });

  it("has a delay → the answer comes two delays later", () => {
    const { bed } = faulty({ delayNs: 20e6 });
    const startNs = bed.sim.nowNs;
    pings(bed, 1, 1);
    const answer = bed.events.find((e) => e.kind === "app.recv" && e.place === "a")!;
    expect((answer.atNs - startNs) / 1e6).toBeCloseTo(40, 0);
  });

  it("loses 100 % → nothing passes, and carrier stays", () => {
    const { bed, a } = faulty({ lossPercent: 100 });
    pings(bed, 3);
    expect(bed.drops()).toEqual(["a CABLE_LOSS", "a CABLE_LOSS", "a CABLE_LOSS"]);
    expect(a.carrier).toBe(true);
  });

  it("loses 20 % each way → about 64 of 100 pings are answered, the same ones with the same seed", () => {
    const run = (): number => {
      const { bed } = faulty({ lossPercent: 20 }, 5);
      pings(bed, 100);
      return answered(bed);
    };
    expect(run()).toBeGreaterThan(50);
    expect(run()).toBeLessThan(78);
    expect(run()).toBe(run());
  });

  it("doubles frames → one ping, four answers", () => {
    const { bed } = faulty({ duplicatePercent: 100 });
    pings(bed, 1);
    expect(answered(bed)).toBe(4);
  });

  it("spoils bits → checksums and addresses catch all but those in the source MAC, which nobody checks", () => {
    const { bed } = faulty({ corruptPercent: 100 });
    pings(bed, 60);
    const reasons = new Set(bed.drops().map((d) => d.split(" ")[1]));
    expect(reasons).toContain("ICMP_CSUM");
    expect(reasons).toContain("IP_CSUM");
    expect(bed.drops().length).toBeGreaterThan(52);
  });

  it("reorders every frame by at least 1 ms → a later frame that is not held overtakes", () => {
    const { bed, a } = faulty({ reorderPercent: 100 });
    bed.ping("a", "10.0.0.2", 100);
    setCableFault(a, { reorderPercent: 0, mtuBytes: 9000 });
    bed.ping("a", "10.0.0.2", 200);
    bed.pass(0.1);
    const arrived = bed.events.filter((e) => e.kind === "l2.rx" && e.place === "b").map((e) => e.wireLength);
    expect(arrived).toEqual([234, 134]);
  });

  it("carries 1 Mbit/s → the second of two frames waits for the first", () => {
    const { bed } = faulty({ rateBitsPerSec: 1e6 });
    const startNs = bed.sim.nowNs;
    bed.ping("a", "10.0.0.2", 966);
    bed.ping("a", "10.0.0.2", 966);
    bed.pass(1);
    const arrived = bed.events.filter((e) => e.kind === "l2.rx" && e.place === "b").map((e) => Math.round((e.atNs - startNs) / 1e6));
    expect(arrived).toEqual([8, 16]);
  });

  it("has a queue for two frames → the third of three is lost", () => {
    const { bed } = faulty({ rateBitsPerSec: 1e6, queueFrames: 2 });
    for (let i = 0; i < 3; i++) bed.ping("a", "10.0.0.2");
    bed.pass(1);
    expect(bed.drops()).toEqual(["a CABLE_QUEUE"]);
  });

  it("carries 1400 bytes → longer packets vanish, shorter pass", () => {
    const { bed } = faulty({ mtuBytes: 1400 });
    bed.ping("a", "10.0.0.2", 1381);
    bed.ping("a", "10.0.0.2", 1380);
    bed.pass(1);
    expect(bed.drops()).toEqual(["a CABLE_MTU"]);
    expect(answered(bed)).toBe(1);
  });

  it("is good again → frames take their fast path, none was lost", () => {
    const { bed, a } = faulty({ delayNs: 20e6 });
    bed.ping("a", "10.0.0.2");
    setCableFault(a, { delayNs: 0 });
    bed.pass(1);
    setCableFault(a, {});
    pings(bed, 1);
    expect(answered(bed)).toBe(2);
    expect(bed.events.filter((e) => e.kind === "qdisc").length).toBeLessThan(3);
  });
});
