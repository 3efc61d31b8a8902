import { describe, expect, it } from "vitest";
import type { NatChange } from "../../protocol/trace.ts";
import type { PacketLook } from "./classify.ts";
import { NatMemory, badgesAfter } from "./nat-badges.ts";

const change = (field: "src" | "dst", reverse: boolean): NatChange => ({ field, reverse, before: "100.64.10.1", after: "11.11.0.2" });
const look = (from: string, to: string): PacketLook =>
  ({ kind: "icmp", letter: "E", reply: false, from, to, what: "ICMP echo", lengthBytes: 98, ttl: 64, vni: null, inner: null });

describe("badges of a translated packet", () => {
  it("request: (none) -dnat→ D -masquerade→ DS", () => {
    expect(badgesAfter("", change("dst", false))).toBe("D");
    expect(badgesAfter("D", change("src", false))).toBe("DS");
  });

  it("answer: DS -destination back→ D -source back→ (none)", () => {
    expect(badgesAfter("DS", change("dst", true))).toBe("D");
    expect(badgesAfter("D", change("src", true))).toBe("");
  });

  it("an answer wears its request's badges, another flow's packet none", () => {
    const memory = new NatMemory();
    memory.note(7, look("11.10.128.0", "11.11.0.2"), "DS");
    expect(memory.badgesOfAnswer(7, look("11.11.0.2", "11.10.128.0"))).toBe("DS");
    expect(memory.badgesOfAnswer(7, look("11.11.0.3", "11.10.128.0"))).toBe("");
    expect(memory.badgesOfAnswer(8, look("11.11.0.2", "11.10.128.0"))).toBe("");
  });

  it("what is wrapped counts by the inner packet", () => {
    const memory = new NatMemory();
    memory.note(7, { ...look("10.0.0.3", "10.0.0.4"), inner: look("11.10.128.0", "11.11.0.2") }, "S");
    expect(memory.badgesOfAnswer(7, { ...look("10.0.0.4", "10.0.0.3"), inner: look("11.11.0.2", "11.10.128.0") })).toBe("S");
  });
});
