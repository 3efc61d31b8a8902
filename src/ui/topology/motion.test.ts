import { describe, expect, test } from "vitest";
import { icmpFrame, pingTrace, TraceMaker } from "./topology-fixture.ts";
import { Lives } from "./lives.ts";
import { floodsAt, instantOf, tokensAt, tunnelsAt } from "./motion.ts";
import type { Token } from "./motion.ts";

const ALL = (): boolean => true;

function scene(trace: TraceMaker): { lives: Lives; at: (x: number) => Token[] } {
  const lives = new Lives();
  lives.follow(trace.log);
  return { lives, at: (x) => tokensAt(lives, instantOf(trace.log, Math.floor(x) + 1, Math.floor(x) + 1, x - Math.floor(x)), ALL) };
}

const words = (tokens: Token[]): string[] => tokens.map((t) => `${t.life.skb} ${t.look?.letter} ${t.from.spot}→${t.to?.spot ?? "."} ${t.u.toFixed(3)} ${t.wrap.toFixed(2)} ${t.state} ${t.note}`);
const seqOf = (trace: TraceMaker, kind: string, place: string, nth = 0): number => trace.events.filter((e) => e.kind === kind && e.place === place)[nth]!.seq;

describe("motion from events", () => {
  test("a frame sent and received travels along that cable, and only then", () => {
    const t = new TraceMaker().cable("a:eth0", "b:eth0", 1, icmpFrame(8, "1.1.1.1", "2.2.2.2"));
    const { at } = scene(t);
    expect(at(0)[0]).toMatchObject({ from: { spot: "a:eth0" }, u: 0, state: "rest" });
    expect(at(0.5)[0]).toMatchObject({ from: { spot: "a:eth0" }, to: { spot: "b:eth0" }, u: 0.5, state: "move" });
    expect(at(1)[0]).toMatchObject({ from: { spot: "b:eth0" }, to: null, state: "rest" });
  });

  test("forwards, backwards and jumping show the same at every instant", () => {
    const trace = pingTrace();
    const { at } = scene(trace);
    const xs = Array.from({ length: trace.events.length * 4 }, (_, i) => i / 4 - 1);
    const forwards = xs.map((x) => words(at(x)).join("\n"));
    const backwards = [...xs].reverse().map((x) => words(at(x)).join("\n")).reverse();
    expect(backwards).toEqual(forwards);
    expect(new Set(forwards).size).toBeGreaterThan(100);
  });

  test("reading the log in small pieces gives the same lives as at once", () => {
    const trace = pingTrace();
    const lives = new Lives();
    for (let end = 0; end <= trace.events.length; end++) lives.follow({ ...trace.log, end });
    const whole = scene(trace);
    const x = 40.5;
    expect(words(tokensAt(lives, instantOf(trace.log, 41, 41, 0.5), ALL))).toEqual(words(whole.at(x)));
  });

  test("copies of a flood travel at the same time on their own cables", () => {
    const trace = pingTrace();
    const firstRx = seqOf(trace, "l2.rx", "C0e1");
    const moving = scene(trace).at(firstRx - 0.5).filter((t) => t.state === "move");
    expect(moving.map((t) => t.to?.spot)).toEqual(["C0e1:C0e1-eth0", "C0e2:C0e2-eth0", "C0w2:C0w2-eth0", "C0w3:C0w3-eth0", "box:t0-eth1"]);
    expect(new Set(moving.map((t) => t.u.toFixed(3)))).toEqual(new Set(["0.500"]));
  });

  test("a copy nobody wants fades with its reason and leaves no tombstone", () => {
    const trace = pingTrace();
    const drop = seqOf(trace, "drop", "C0e1");
    const copy = (x: number): Token | undefined => scene(trace).at(x).find((t) => t.life.skb === 10);
    expect(copy(drop)).toMatchObject({ state: "unwanted", note: "not for me", alpha: 1 });
    expect(copy(drop + 1)!.alpha).toBeLessThan(0.5);
    expect(copy(drop + 3)).toBeUndefined();
  });

  test("encapsulation grows a shell around the packet, decapsulation takes it off", () => {
    const trace = pingTrace();
    const encap = seqOf(trace, "encap", "C0w1");
    const token = (x: number): Token | undefined => scene(trace).at(x).find((t) => t.life.skb === 1);
    expect(token(encap - 0.5)).toMatchObject({ look: { kind: "vxlan" }, wrap: 0.5 });
    expect(token(encap)).toMatchObject({ look: { kind: "vxlan", inner: { letter: "E" } }, wrap: 1 });
    expect(token(seqOf(trace, "decap", "C0w2"))).toMatchObject({ look: { kind: "icmp" } });
  });

  test("an L3 miss goes up to flanneld and comes back with the row that flanneld writes", () => {
    const trace = pingTrace();
    const miss = seqOf(trace, "ctl.miss", "C0w1");
    const errand = (x: number): Token | undefined => scene(trace).at(x).find((t) => t.life.skb < 0);
    expect(errand(miss - 0.5)).toMatchObject({ from: { spot: "C0w1:flannel.100" }, to: { spot: "C0w1:@flanneld" }, look: { kind: "control" } });
    expect(errand(miss + 0.5)).toMatchObject({ from: { spot: "C0w1:@flanneld" }, to: { spot: "C0w1:flannel.100" } });
  });

  test("a packet that waits for its neighbour stays until it is sent", () => {
    const trace = pingTrace();
    const waiting = scene(trace).at(seqOf(trace, "bridge.flood", "box")).find((t) => t.life.skb === 1);
    expect(waiting).toMatchObject({ state: "rest", look: { kind: "vxlan" } });
  });

  test("a tunnel is open from wrapping to unwrapping", () => {
    const trace = pingTrace();
    const { lives } = scene(trace);
    const at = (x: number) => tunnelsAt(lives, instantOf(trace.log, x + 1, null, 0)).map(({ tunnel }) => `${tunnel.from}→${tunnel.to}`);
    expect(at(seqOf(trace, "encap", "C0w1") + 2)).toEqual(["C0w1→C0w2"]);
    expect(at(5)).toEqual([]);
  });

  test("a drop leaves a tombstone with its reason until the next command", () => {
    const t = new TraceMaker().cable("a:eth0", "b:eth0", 1, icmpFrame(8, "1.1.1.1", "2.2.2.2"));
    t.add("drop", "b:eth0", 1, null, { drop: "IP_INNOROUTES" }).add("proc.exit", "a:", 0).add("app.send", "a:", 2, null, { journey: 2 });
    const { at } = scene(t);
    const tomb = { state: "tomb", note: "no route to the destination, packet came from outside", from: { spot: "b:eth0" } };
    expect(at(2)).toMatchObject([tomb]);
    expect(at(3)).toMatchObject([tomb]);
    expect(at(4).some((token) => token.state === "tomb")).toBe(false);
  });

  test("a flooding switch shows for a moment", () => {
    const trace = pingTrace();
    const flood = seqOf(trace, "bridge.flood", "box");
    expect(floodsAt(trace.log, flood).map((f) => f.event.place)).toEqual(["box"]);
    expect(floodsAt(trace.log, flood - 1)).toEqual([]);
  });

  test("the view travels over hidden events to the next shown one", () => {
    const trace = pingTrace();
    expect(instantOf(trace.log, 5, 9, 0.5).x).toBe(6.5);
    expect(instantOf(trace.log, 5, null, 0).x).toBe(4);
  });

  test("what the log has forgotten is forgotten here, what is left still moves", () => {
    const trace = pingTrace();
    const { lives } = scene(trace);
    const shift = 20_000;
    const later = { first: shift, end: shift + trace.events.length, at: (seq: number) => { const e = trace.events[seq - shift]; return e ? { ...e, seq, skb: e.skb && e.skb + 1000, parent: e.parent && e.parent + 1000 } : null; } };
    lives.read = shift;
    lives.follow(later);
    expect([...lives.bySkb.keys()].every((skb) => skb > 1000 || skb < 0)).toBe(true);
    expect(tokensAt(lives, instantOf(later, shift + 6, shift + 6, 0.5), ALL).length).toBeGreaterThan(0);
  });
});
