import { describe, expect, test } from "vitest";
import type { Lab } from "../lab.ts";
import { startCommand } from "../lesson-play.ts";
import { LessonRun, parseLessonFacts } from "../lesson-run.ts";
import type { LessonStepState } from "../lesson-step.ts";
import { bootHost } from "../single.ts";
import { withAllPrograms } from "../scenario.ts";

/** A blank machine with one lesson step on it. */
class Desk {
  readonly lab: Lab = withAllPrograms(bootHost(1));
  readonly run: LessonRun;

  constructor(...steps: readonly object[]) {
    const facts = parseLessonFacts({
      id: "c1-01-test", version: 1, kind: "lesson", deck: ["x"], minutes: 1, scenario: { use: "host", seed: 1 },
      steps: steps.map((step, i) => ({ id: `s${i}`, ...step })),
    });
    if (typeof facts === "string") throw new Error(facts);
    this.run = new LessonRun(this.lab, facts);
    this.lab.box.world.trace = this.run;
  }

  type(line: string): this {
    this.lab.nodes.get("host")!.must(line);
    return this;
  }

  /** In the background, from `host`. */
  start(line: string): this {
    startCommand(this.lab, "host", line);
    return this.pass(0.5);
  }

  pass(seconds: number): this {
    this.lab.pass(seconds * 1e9);
    return this;
  }

  step(i = 0): LessonStepState {
    return this.run.state().steps[i]!;
  }

  /** [the sentence, does it hold, what was found] of the first check. */
  check(i = 0): readonly [string, boolean, string] {
    const { text, ok, found } = this.step(i).checks[0]!;
    return [text, ok, found];
  }
}

const desk = (check: object, more: object = {}): Desk => new Desk({ check, ...more });

describe("tables: what is there, and what was found instead", () => {
  const withDummy = (check: object): Desk => desk(check).type("ip link add d0 type dummy; ip addr add 192.0.2.5/24 dev d0; ip link set d0 up");

  test("link: missing, wrong, right", () => {
    const d = desk({ link: { at: "host", name: "d0", up: true, kind: "dummy" } });
    expect(d.check()).toEqual(["host has a device d0: up, kind dummy", false, "host: there is no device d0"]);
    d.type("ip link add d0 type dummy");
    expect(d.check().slice(1)).toEqual([false, "host: d0 is down"]);
    d.type("ip link set d0 up");
    expect(d.check().slice(1)).toEqual([true, "host: d0 is there"]);
  });

  test("addr: with and without prefix length, on the right device", () => {
    expect(withDummy({ addr: { at: "host", ip: "192.0.2.5" } }).check()).toEqual(["host has the address 192.0.2.5", true, "host: 192.0.2.5/24 dev d0"]);
    expect(withDummy({ addr: { at: "host", ip: "192.0.2.5/25" } }).check().slice(1)).toEqual([false, "host: no address 192.0.2.5/25"]);
    expect(withDummy({ addr: { at: "host", ip: "192.0.2.5", dev: "lo" } }).check().slice(1)).toEqual([false, "host: 192.0.2.5/24 dev d0"]);
  });

  test("route: by destination, device and gateway", () => {
    const d = withDummy({ route: { at: "host", dst: "100.64.0.0/16", dev: "d0" } });
    expect(d.check()).toEqual(["host has a route for 100.64.0.0/16 dev d0", false, "host: no route for 100.64.0.0/16"]);
    d.type("ip route add 100.64.0.0/16 dev lo");
    expect(d.check().slice(1)).toEqual([false, "host: 100.64.0.0/16 dev lo scope link"]);
    d.type("ip route replace 100.64.0.0/16 dev d0");
    expect(d.check()[1]).toBe(true);
    expect(withDummy({ route: { at: "host", dst: "default", via: "192.0.2.1" } }).type("ip route add default via 192.0.2.1").check()[1]).toBe(true);
    expect(withDummy({ route: { at: "host", dst: "192.0.2.0/24", not_dev: "d0" } }).check()[1]).toBe(false);
  });

  test("neigh: address, MAC and state", () => {
    const d = withDummy({ neigh: { at: "host", ip: "192.0.2.9", mac: "02:00:00:00:00:09", state: "permanent" } });
    expect(d.check().slice(1)).toEqual([false, "host: no neighbour entry for 192.0.2.9"]);
    d.type("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:08 dev d0");
    expect(d.check().slice(1)).toEqual([false, "host: 192.0.2.9 dev d0 lladdr 02:00:00:00:00:08 PERMANENT"]);
    expect(d.type("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev d0").check()[1]).toBe(true);
  });

  test("fdb: a MAC behind a port, and behind a tunnel", () => {
    const port = withDummy({ fdb: { at: "host", mac: "02:00:00:00:00:07", dev: "d0" } }).type("ip link add br0 type bridge; ip link set d0 master br0");
    expect(port.check()).toEqual(["host has a forwarding entry for 02:00:00:00:00:07 dev d0", false, "host: no forwarding entry for 02:00:00:00:00:07"]);
    expect(port.type("bridge fdb add 02:00:00:00:00:07 dev d0 master static").check()[1]).toBe(true);
    const tunnel = withDummy({ fdb: { at: "host", mac: "00:00:00:00:00:00", dev: "vx0", dst: "192.0.2.4" } }).type("ip link add vx0 type vxlan id 7 dev d0 dstport 8472");
    expect(tunnel.type("bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.3").check().slice(1)).toEqual([false, "host: 00:00:00:00:00:00 dev vx0 dst 192.0.2.3 self permanent"]);
    expect(tunnel.type("bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.4").check()[1]).toBe(true);
  });

  test("netns: by name", () => {
    const d = desk({ netns: { at: "host", name: "myns" } });
    expect(d.check()).toEqual(["host has a network namespace myns", false, "host: no network namespace has a name"]);
    expect(d.type("ip netns add other").check().slice(1)).toEqual([false, "host: named network namespaces are other"]);
    expect(d.type("ip netns add myns").check()[1]).toBe(true);
  });

  test("sysctl: by its dotted name, a dot inside a name as a slash", () => {
    expect(desk({ sysctl: { at: "host", key: "net.ipv4.ip_forward", is: 1 } }).check()).toEqual(["net.ipv4.ip_forward is 1 on host", false, "host: net.ipv4.ip_forward is 0"]);
    expect(desk({ sysctl: { at: "host", key: "net.ipv4.ip_forward", is: 1 } }).type("echo 1 > /proc/sys/net/ipv4/ip_forward").check()[1]).toBe(true);
    expect(desk({ sysctl: { at: "host", key: "net.ipv4.no_such_thing", is: 1 } }).check()[2]).toBe("host: there is no net.ipv4.no_such_thing");
    const dotted = desk({ sysctl: { at: "host", key: "net.ipv4.conf.a/b.forwarding", is: 0 } }).type("ip link add a.b type dummy");
    expect(dotted.check()[2]).toBe("host: net.ipv4.conf.a/b.forwarding is 0");
  });

  test("file: there, and with what in it", () => {
    const d = desk({ file: { at: "host", path: "/tmp/note", has: "hello" } });
    expect(d.check().slice(1)).toEqual([false, "host: there is no file /tmp/note"]);
    expect(d.type("echo bye > /tmp/note").check().slice(1)).toEqual([false, "host: /tmp/note does not have \"hello\""]);
    expect(d.type("echo hello > /tmp/note").check()[1]).toBe(true);
  });

  test("counter: the growth since the step began", () => {
    const d = desk({ counter: { at: "host", dev: "lo", dir: "rx", delta: 4 } });
    expect(d.start("ping -c 1 127.0.0.1").check().slice(1)).toEqual([false, "host: lo has received 2, 2 since this step began"]);
    expect(d.start("ping -c 1 127.0.0.1").check()[1]).toBe(true);
  });
});

describe("what happened", () => {
  test("captured: counts only while somebody captures there, and tells what was missed", () => {
    const d = desk({ captured: { at: "host", dev: "lo", proto: "icmp", host: "127.0.0.1", min: 4 } });
    expect(d.check()[2]).toBe("host: no capture runs on lo now; no ICMP packet of 127.0.0.1 has passed");
    d.start("ping -c 1 127.0.0.1");
    expect(d.check().slice(1)).toEqual([false, "host: no capture runs on lo now; 4 ICMP packets of 127.0.0.1 passed while none was running"]);
    d.start("tcpdump -ni lo");
    expect(d.check()[2]).toBe("host: a capture runs on lo; 4 ICMP packets of 127.0.0.1 passed while none was running");
    d.start("ping -c 1 127.0.0.1");
    expect(d.check().slice(1)).toEqual([true, "host: a capture runs on lo; 4 packets seen"]);
  });

  test("captured: a capture on any device counts, another address does not", () => {
    expect(desk({ captured: { at: "host", dev: "lo", proto: "icmp" } }).start("tcpdump -ni any").start("ping -c 1 127.0.0.1").check()[1]).toBe(true);
    expect(desk({ captured: { at: "host", dev: "lo", host: "127.0.0.9" } }).start("tcpdump -ni lo").start("ping -c 1 127.0.0.1").check()[1]).toBe(false);
  });

  test("proc: a process, and the device it captures on", () => {
    const d = desk({ proc: { at: "host", dev: "lo" } });
    expect(d.check()).toEqual(["A capture runs on lo of host", false, "host: no capture is running"]);
    d.type("ip link add d0 type dummy; ip link set d0 up").start("tcpdump -ni d0");
    expect(d.check().slice(1)).toEqual([false, "host: tcpdump captures on d0, not on lo"]);
    expect(d.start("tcpdump -ni lo -c 1").check()[1]).toBe(true);
    expect(desk({ proc: { at: "host", name: "sleep" } }).check()[2]).toBe("host: no sleep is running");
    expect(desk({ proc: { at: "host", name: "sleep" } }).start("sleep 9").check()[1]).toBe(true);
  });

  test("event and packet: by place, kind and header fields", () => {
    const d = new Desk({ check: { event: { kind: "l2.rx", at: "host", "icmp.type": 0 } } }, { check: { packet: { at: "host:lo", proto: "icmp", field: "ip.ttl", is: 9 } } });
    expect(d.check()[1]).toBe(false);
    d.start("ping -c 1 127.0.0.1");
    expect([d.check()[1], d.check(1).slice(1)]).toEqual([true, [false, "host: ip.ttl there was 64"]]);
    expect(d.start("ping -t 9 -c 1 127.0.0.1").check(1)[1]).toBe(true);
  });

  test("since step: what happened in an earlier step does not count", () => {
    const looked = (since: object): Desk => new Desk({ check: { looked: { what: "neigh" } } }, { check: { looked: { at: "host", what: "route", ...since } } });
    const early = looked({});
    const late = looked({ since: "step" });
    for (const d of [early, late]) {
      d.run.ran("host", "ip route");
      d.run.looked("host", "neigh");
    }
    expect([early.step(1).done, late.step(1).done]).toEqual([true, false]);
    late.run.ran("host", "ip r");
    expect(late.step(1).done).toBe(true);
  });
});

test("what passed unseen in an earlier step is not told again in the next", () => {
  const d = new Desk({ check: { packet: { at: "host:lo", proto: "icmp" } } }, { check: { captured: { at: "host", dev: "lo", proto: "icmp" } } });
  expect(d.start("ping -c 1 127.0.0.1").check()[1]).toBe(true);
  expect(d.check(1)[2]).toBe("host: no capture runs on lo now; no ICMP packet has passed");
});

describe("a step", () => {
  const nsThere = { netns: { at: "host", name: "n" } };

  test("counts only once the steps before it are done", () => {
    const d = new Desk({ check: { netns: { at: "host", name: "first" } } }, { check: nsThere }).type("ip netns add n");
    expect([d.step(0).done, d.step(1).done]).toEqual([false, false]);
    d.type("ip netns add first");
    expect([d.step(0).done, d.step(1).done]).toEqual([true, true]);
  });

  test("stays ticked when the state goes, unless it must hold", () => {
    for (const [more, still] of [[{}, true], [{ mustHold: true }, false]] as const) {
      const d = desk(nsThere, more).type("ip netns add n");
      expect(d.step().done).toBe(true);
      expect(d.type("ip netns del n").step().done).toBe(still);
    }
  });

  test("a question is answered by any answer, and alone it makes a step", () => {
    const d = new Desk({ ask: [{ id: "q", type: "choice", options: ["a", "b"], answer: "a" }] });
    expect(d.step().done).toBe(false);
    d.run.answer("s0", "q", "?");
    expect(d.step().done).toBe(true);
  });

  test("says what went wrong until it is done, and says it for this step's commands only", () => {
    const d = desk({ not: { netns: { at: "host", name: "gone" } } }, { diagnose: [{ when: { ran: { at: "host", match: "^ping" } }, say: "early" }] });
    expect(d.step()).toMatchObject({ done: true, diagnoses: [] });
    const two = new Desk({ check: { looked: { what: "x" } } }, { check: nsThere, diagnose: [{ when: { ran: { at: "host", match: "^ping" } }, say: "ping" }] });
    two.run.ran("host", "ping -c 1 127.0.0.1");
    two.run.looked("host", "x");
    expect(two.step(1).diagnoses).toEqual([]);
    two.run.ran("host", "ping -c 1 127.0.0.1");
    expect(two.step(1).diagnoses).toEqual(["ping"]);
    expect(two.type("ip netns add n").step(1)).toMatchObject({ done: true, diagnoses: [] });
  });

  test("skipped: its commands are run, and the next step is judged", () => {
    const d = new Desk({ run: [{ at: "host", cmd: "ip netns add n" }], ask: [{ id: "q", type: "number", answer: 1 }], check: { all: [{ answered: "q" }, nsThere] } }, { check: nsThere });
    d.run.skip("s0");
    expect(d.step(0).checks.map((c) => c.ok)).toEqual([false, true]);
    expect([d.step(0).done, d.step(1).done]).toEqual([false, true]);
  });

  test("a change is told once", () => {
    const d = desk(nsThere);
    expect(d.run.takeChanged()).not.toBeNull();
    expect(d.pass(1).run.takeChanged()).toBeNull();
    d.type("ip netns add n");
    expect(d.run.takeChanged()?.steps[0]?.done).toBe(true);
    expect(d.run.takeChanged()).toBeNull();
  });

  test("any, all and not combine, sentences too", () => {
    const d = desk({ any: [{ netns: { at: "host", name: "a" } }, { not: { link: { at: "host", name: "lo" } } }] });
    expect(d.check()).toEqual(["host has a network namespace a; or host has no device lo", false, "host: no network namespace has a name. host: lo is there"]);
  });
});
