import { describe, expect, test } from "vitest";
import type { NewFlags, RtnlEvent } from "../net/uapi/rtnetlink.ts";
import { ip4, mac } from "../wire/addr.ts";
import { fromUtf8 } from "../wire/text.ts";
import { OsTestbed, program } from "./testbed.ts";
import type { Sys } from "./sys.ts";

const SEC = 1_000_000_000;
const CREATE: NewFlags = { create: true, exclusive: true, replace: false, append: false };

const addDummy = (sys: Sys, name: string): unknown =>
  sys.rtnl({ op: "link.new", target: null, flags: CREATE, attrs: { name }, info: { kind: "dummy" } });

describe("rtnetlink as a system call", () => {
  test("a device made in the caller's namespace is in its /sys and not in another's", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      expect(addDummy(sys, "d0")).toEqual({ items: [] });
      expect(sys.readdir("/sys/class/net")).toEqual(["lo", "d0"]);
      sys.unshare(["net"]);
      expect(sys.rtnl({ op: "link.get", target: { name: "d0" } })).toMatchObject({ error: "ENODEV" });
      yield* sys.sleep(1);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("a device moves to the namespace of a process, and to that of an open file; other files and pids are refused", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["c"], run: function* (c) { c.unshare(["net"]); yield* c.sleep(SEC); return 0; } }) as number;
      yield* sys.sleep(SEC / 2);
      const names = (): string[] => (sys.readFile(`/proc/${pid}/net/dev`) as Uint8Array).length > 0
        ? String.fromCharCode(...(sys.readFile(`/proc/${pid}/net/dev`) as Uint8Array)).match(/\w+(?=: )/g) ?? [] : [];
      const move = (name: string, netns: { pid: number } | { fd: number }): unknown =>
        sys.rtnl({ op: "link.new", target: { name }, flags: { ...CREATE, create: false, exclusive: false }, attrs: { netns } });
      addDummy(sys, "d0");
      addDummy(sys, "d1");
      expect(move("d0", { pid })).toEqual({ items: [] });
      const fd = sys.open(`/proc/${pid}/ns/net`, { read: true }) as number;
      expect(move("d1", { fd })).toEqual({ items: [] });
      expect(names().sort()).toEqual(["d0", "d1", "lo"]);
      addDummy(sys, "d2");
      expect(move("d2", { fd: 0 })).toMatchObject({ error: "EINVAL" });
      expect(move("d2", { pid: 9999 })).toMatchObject({ error: "ESRCH" });
      yield* sys.sleep(1);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("a subscriber sleeps until something changes; at the deadline EAGAIN", () => {
    const bed = new OsTestbed();
    const seen: unknown[] = [];
    bed.run(program(function* (sys) {
      const fd = sys.rtnlSubscribe(["link"]) as number;
      sys.spawn({ argv: ["c"], run: function* (c) { yield* c.sleep(SEC); addDummy(c, "d0"); return 0; } });
      const event = (yield* sys.rtnlReceive(fd)) as RtnlEvent;
      seen.push(sys.nowNs >= SEC, event.group, event.is, event.item.is === "link" ? event.item.link.name : "");
      seen.push(yield* sys.poll([fd], 2 * SEC), yield* sys.rtnlReceive(fd, 3 * SEC), yield* sys.rtnlReceive(0));
    }));
    expect(seen).toEqual([true, "link", "new", "d0", [], "EAGAIN", "ENOTSOCK"]);
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("route and neighbours of a device with an address, as /proc/net prints them (recorded on Linux)", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      addDummy(sys, "C0w1-eth0");
      const flags = { ...CREATE, create: false, exclusive: false };
      sys.rtnl({ op: "link.new", target: { name: "C0w1-eth0" }, flags, attrs: { flagsOn: 1 } });
      const ifindex = bed.net.device("C0w1-eth0")!.ifindex;
      sys.rtnl({ op: "addr.new", flags: CREATE, addr: { ifindex, local: ip4(0x0a000003), peer: ip4(0x0a000003), prefixLen: 8, scope: 0 } });
      sys.rtnl({ op: "neigh.new", flags: CREATE, ip: ip4(0x0a000005), ifindex, lladdr: mac(0x168dd0e11f02), state: "permanent" });
      const lines = (path: string): string[] => fromUtf8(sys.readFile(path) as Uint8Array).split("\n");
      expect(lines("/proc/net/route")).toEqual([
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".padEnd(127),
        "C0w1-eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0".padEnd(127), "",
      ]);
      expect(lines("/proc/net/arp")[1]).toBe("10.0.0.5         0x1         0x6         16:8d:d0:e1:1f:02     *        C0w1-eth0");
      yield* sys.sleep(1);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });
});
