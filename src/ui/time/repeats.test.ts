import { describe, expect, it } from "vitest";
import { TraceMaker } from "../topology/topology-fixture.ts";
import { Repeats } from "./repeats.ts";

/** Rounds that the events repeat, in order; 0 = a path of its own. */
function rounds(trace: TraceMaker): number[] {
  const repeats = new Repeats();
  for (const event of trace.events) repeats.take(event);
  return trace.events.map((event) => repeats.at(event.seq));
}

/** A segment of connection 5 from one end to the other. */
const segment = (trace: TraceMaker, skb: number, ...spots: string[]): TraceMaker => {
  for (const spot of spots) trace.add("l2.rx", spot, skb, null, { conn: 5 });
  return trace;
};

describe("segments of a connection that take a known path", () => {
  it("first of each end: new; later ones: repeats, also when they overlap", () => {
    const trace = new TraceMaker();
    segment(trace, 1, "c1:eth0", "w1:eth0");
    segment(trace, 2, "c2:eth0", "w2:eth0");
    segment(trace, 3, "c1:eth0");
    segment(trace, 4, "c1:eth0");
    segment(trace, 3, "w1:eth0");
    segment(trace, 4, "w1:eth0");
    expect(rounds(trace)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it("one that goes another way is not a repetition from there on", () => {
    const trace = segment(segment(new TraceMaker(), 1, "c1:eth0", "w1:eth0"), 2, "c1:eth0", "w9:eth0");
    expect(rounds(trace)).toEqual([0, 0, 1, 0]);
  });
});
