import { expect, test } from "vitest";
import type { NftTraceMsg } from "../../uapi/nft.ts";
import type { NftExpr, NftVerdict } from "../../uapi/nft-expr.ts";
import type { TraceEvent } from "../../uapi/trace.ts";
import { EvalTestbed, cmp, load, u32be } from "../../../testing/eval-testbed.ts";

const say = (verdict: NftVerdict): NftExpr => ({ op: "verdict", verdict });
const ACCEPT = say({ code: "accept" });
const DROP = say({ code: "drop" });
const RETURN = say({ code: "return" });
const COUNT: NftExpr = { op: "counter", packets: 0, bytes: 0 };
const TO_2 = [load("nh", 16, 4), cmp(u32be(0x0a000002))];
const TO_3 = [load("nh", 16, 4), cmp(u32be(0x0a000003))];
const jump = (chain: string): NftExpr => say({ code: "jump", chain });
const goto = (chain: string): NftExpr => say({ code: "goto", chain });

test("the first rule that says so ends it; a rule that does not match goes on with the next", () => {
  const t = new EvalTestbed();
  const chain = t.chain("in", [t.rule(...TO_3, DROP), t.rule(...TO_2, ACCEPT), t.rule(DROP)], "drop");
  expect(t.verdict(chain, t.icmp())).toBe("accept");
});

test("nothing matches: the policy decides, and the chain's counters count only that", () => {
  const t = new EvalTestbed();
  const chain = t.chain("in", [t.rule(...TO_3, ACCEPT)], "drop");
  expect(t.verdict(chain, t.icmp())).toBe("drop");
  expect(t.verdict(chain, t.icmp(8, { dst: "10.0.0.3" }))).toBe("accept");
  expect(chain.base?.counters).toEqual({ packets: 1, bytes: 28 });
});

test("jump comes back behind the rule, goto comes back where the jump before it would", () => {
  const t = new EvalTestbed();
  t.chain("leaf", [t.rule(COUNT)]);
  const via = t.rule(goto("leaf"));
  t.chain("mid", [via, t.rule(DROP)]);
  const after = t.op(COUNT);
  const chain = t.chain("in", [t.rule(jump("mid")), [after], t.rule(ACCEPT)], "drop");
  expect(t.verdict(chain, t.icmp())).toBe("accept");
  expect(after.dump()).toEqual({ op: "counter", packets: 1, bytes: 28 });
});

test("return leaves a chain early; in a base chain it means the policy", () => {
  const t = new EvalTestbed();
  t.chain("sub", [t.rule(RETURN), t.rule(ACCEPT)]);
  expect(t.verdict(t.chain("a", [t.rule(jump("sub"))], "drop"), t.icmp())).toBe("drop");
  expect(t.verdict(t.chain("b", [t.rule(RETURN), t.rule(DROP)], "accept"), t.icmp())).toBe("accept");
});

test("an explicit continue goes on within the rule, break ends the rule", () => {
  const t = new EvalTestbed();
  const [first, second] = [t.op(COUNT), t.op(COUNT)];
  const chain = t.chain("in", [[t.op(say({ code: "continue" })), first], [t.op(say({ code: "break" })), second]], "accept");
  t.verdict(chain, t.icmp());
  expect([first, second].map((op) => op.dump())).toEqual([{ op: "counter", packets: 1, bytes: 28 }, { op: "counter", packets: 0, bytes: 0 }]);
});

test("seventeen jumps deep the packet is dropped", () => {
  const t = new EvalTestbed();
  t.chain("c17", [t.rule(ACCEPT)]);
  for (let i = 16; i >= 1; i--) t.chain(`c${i}`, [t.rule(jump(`c${i + 1}`))]);
  expect(t.verdict(t.chain("deep", [t.rule(jump("c1"))], "accept"), t.icmp())).toBe("drop");
  expect(t.verdict(t.chain("fits", [t.rule(jump("c2"))], "accept"), t.icmp())).toBe("accept");
});

test("a jump to a base chain or to none is refused", () => {
  const t = new EvalTestbed();
  t.chain("base", [], "accept");
  expect(t.error(jump("base"))).toBe("EOPNOTSUPP");
  expect(t.error(jump("nowhere"))).toBe("ENOENT");
});

test("traced and untraced evaluation come to the same end", () => {
  const build = (t: EvalTestbed): readonly [string, object] => {
    t.chain("leaf", [t.rule(...TO_3, DROP), t.rule(COUNT)]);
    const count = t.op(COUNT);
    const chain = t.chain("in", [t.rule(...TO_3, ACCEPT), t.rule(jump("leaf")), [count], t.rule(...TO_2, DROP)], "accept");
    return [t.verdict(chain, t.icmp()), count.dump()];
  };
  const [plain, traced] = [new EvalTestbed(), new EvalTestbed()];
  traced.ns.world.trace = { event: () => undefined };
  expect(build(traced)).toEqual(build(plain));
});

test("the trace names each rule that matched, and why the ones before it did not", () => {
  const t = new EvalTestbed();
  const events: TraceEvent[] = [];
  t.ns.world.trace = { event: (e) => events.push(e) };
  t.ns.world.ruleText = (_, rule) => `rule of ${(rule as { ops: readonly unknown[] }).ops.length}`;
  t.chain("sub", [t.rule(COUNT)]);
  const chain = t.chain("PREROUTING", [t.rule(...TO_3, DROP), t.rule(jump("sub")), t.rule({ op: "meta", key: "iifname", dreg: 4 }, cmp(u32be(0), 4), DROP)], "accept");
  t.verdict(chain, t.icmp(8, { dst: "11.11.0.2" }));
  expect(events.map((e) => [e.kind, e.decision?.row, e.note])).toEqual([
    ["nft.eval", "rule of 1 # handle 5", "table ip t, chain PREROUTING: jump sub"],
    ["nft.eval", "rule of 1 # handle 2", "table ip t, chain sub: continue"],
    ["nft.eval", "policy accept", "table ip t, chain PREROUTING: policy accept"],
  ]);
  expect(events[0]?.decision?.losers).toEqual([{ row: "rule of 3 # handle 4", why: "ip daddr is 11.11.0.2" }]);
  expect(events[2]?.decision?.losers).toEqual([{ row: "rule of 3 # handle 6", why: "iifname is \"lo\"" }]);
});

/** What `nft monitor trace` would hear of one packet. */
function monitor(t: EvalTestbed, run: () => void): readonly NftTraceMsg[] {
  const heard: NftTraceMsg[] = [];
  const listener = (msg: NftTraceMsg): void => void heard.push(msg);
  t.ns.nf.nft.traceListeners.add(listener);
  run();
  t.ns.nf.nft.traceListeners.delete(listener);
  return heard;
}

// Recorded with nft 1.0.6 on Linux 6.18: chain ends say nothing, an explicit return is a rule, the policy closes.
test("nftrace 1: rules from there on, the packet in the first message, the policy at the end", () => {
  const t = new EvalTestbed();
  t.chain("sub", [t.rule(COUNT, RETURN)]);
  t.chain("sub2", [t.rule(...TO_3, COUNT)]);
  const on: readonly NftExpr[] = [{ op: "immediate", dreg: 4, data: Uint8Array.of(1) }, { op: "meta.set", key: "nftrace", sreg: 4 }];
  const chain = t.chain("out", [t.rule(COUNT), t.rule(...on), t.rule(COUNT), t.rule(jump("sub")), t.rule(jump("sub2"))], "accept");
  const heard = monitor(t, () => t.verdict(chain, t.icmp()));
  expect(heard.map((m) => [m.is, m.chain, m.verdict.code])).toEqual([
    ["rule", "out", "continue"], ["rule", "out", "continue"], ["rule", "out", "jump"], ["rule", "sub", "return"], ["rule", "out", "jump"], ["policy", "out", "accept"],
  ]);
  expect(heard.map((m) => m.packet !== null)).toEqual([true, false, false, false, false, false]);
  expect(heard[0]?.packet).toMatchObject({ iif: 1, oif: 0, nfproto: 2 });
  expect([heard[0]?.packet?.ll.length, heard[0]?.packet?.nh.length, heard[0]?.packet?.th.length]).toEqual([14, 20, 8]);
  expect(new Set(heard.map((m) => m.id)).size).toBe(1);
});

test("without nftrace nobody hears of a packet", () => {
  const t = new EvalTestbed();
  const chain = t.chain("out", [t.rule(COUNT)], "accept");
  expect(monitor(t, () => t.verdict(chain, t.icmp()))).toEqual([]);
});
