import { describe, expect, test } from "vitest";
import { fromUtf8 } from "../wire/text.ts";
import { OsTestbed, program } from "./testbed.ts";
import type { Sys } from "./sys.ts";

const read = (sys: Sys, path: string): string => {
  const got = sys.readFile(path);
  return typeof got === "string" ? got : fromUtf8(got);
};

const netLabel = (sys: Sys, who = "self"): string => (sys.readlink(`/proc/${who}/ns/net`) as { target: string }).target;

/** What `ip netns add NAME` does. */
function netnsAdd(sys: Sys, name: string): void {
  const home = sys.open("/proc/self/ns/net", { read: true }) as number;
  sys.mkdir("/run/netns");
  sys.writeFile(`/run/netns/${name}`, "");
  sys.unshare(["net"]);
  sys.bindMount("/proc/self/ns/net", `/run/netns/${name}`);
  sys.setns(`/proc/self/fd/${home}`, "net");
  sys.close(home);
}

describe("network namespaces", () => {
  test("ip netns add: a bind mount keeps the new namespace alive; the name enters the place", () => {
    const bed = new OsTestbed();
    const out = bed.run(program(function* (sys) {
      const home = netLabel(sys);
      netnsAdd(sys, "red");
      expect(netLabel(sys)).toBe(home);
      expect(sys.stat("/run/netns/red")).toMatchObject({ kind: "file", mode: 0o444, size: 0 });
      expect(sys.setns("/run/netns/red", "net")).toBeUndefined();
      yield* sys.write(1, `${home} ${netLabel(sys)}`);
    }));
    const [home, red] = out.stdout.split(" ");
    expect(home).toMatch(/^net:\[40265\d+\]$/);
    expect(red).toMatch(/^net:\[40265\d+\]$/);
    expect(red).not.toBe(home);
    expect([...bed.net.world.namespaces].map((ns) => ns.place)).toEqual(["box", "box/red"]);
  });

  test("umount of the last holder: the namespace is destroyed", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      netnsAdd(sys, "red");
      expect(sys.unlink("/run/netns/red")).toBe("EBUSY");
      expect(sys.umount("/run/netns/red")).toBeUndefined();
      expect(sys.umount("/run/netns/red")).toBe("EINVAL");
      expect(sys.unlink("/run/netns/red")).toBeUndefined();
      yield* sys.sleep(1);
    }));
    expect([...bed.net.world.namespaces].map((ns) => ns.place)).toEqual(["box"]);
  });

  test("a process inside, an open fd, a socket: each keeps it until it is gone", () => {
    const bed = new OsTestbed();
    const alive = (): number => bed.net.world.namespaces.size;
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["c"], run: function* (c) { c.unshare(["net"]); yield* c.sleep(1e9); return 0; } }) as number;
      yield* sys.sleep(1e8);
      expect(alive()).toBe(2);
      const fd = sys.open(`/proc/${pid}/ns/net`, { read: true }) as number;
      const home = sys.open("/proc/self/ns/net", { read: true }) as number;
      sys.kill(pid, "SIGKILL");
      yield* sys.waitpid();
      expect(alive()).toBe(2);
      sys.setns(`/proc/self/fd/${fd}`, "net");
      const sock = sys.socket("inet", "dgram", "udp") as number;
      sys.setns(`/proc/self/fd/${home}`, "net");
      sys.close(fd);
      expect(alive()).toBe(2);
      expect(sys.readlink(`/proc/self/fd/${sock}`)).toEqual({ target: expect.stringMatching(/^socket:\[\d+\]$/) });
      sys.close(sock);
      expect(alive()).toBe(1);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("mount namespace of another process: its /run/netns names are not seen here; unmounting here reaches copies made later", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      const pid = sys.spawn({ argv: ["c"], run: function* (c) {
        c.unshare(["mnt"]);
        netnsAdd(c, "mine");
        expect((c.stat("/run/netns/mine") as { mode: number }).mode).toBe(0o444);
        yield* c.sleep(1e9);
        return 0;
      } }) as number;
      yield* sys.sleep(1e8);
      expect(sys.stat("/run/netns/mine")).toMatchObject({ mode: 0o644 });
      expect(bed.net.world.namespaces.size).toBe(2);
      netnsAdd(sys, "ours");
      expect(read(sys, `/proc/${pid}/mounts`)).toContain("nsfs /run/netns/ours nsfs rw 0 0");
      sys.umount("/run/netns/ours");
      expect(bed.net.world.namespaces.size).toBe(2);
      yield* sys.waitpid();
      expect(bed.net.world.namespaces.size).toBe(1);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("Mininet-like hosts: own devices in /sys and /proc/net, shared files and pids", () => {
    const bed = new OsTestbed();
    const host = bed.kernel.newHost("h1");
    const out = bed.kernel.newCapture();
    const p = bed.kernel.start({
      run: function* (sys) {
        sys.writeFile("/tmp/from-h1", "x");
        sys.writeFile("/proc/sys/net/ipv4/ip_forward", "1\n");
        yield* sys.write(1, `${netLabel(sys) !== netLabel(sys, "1")} ${(sys.readdir("/sys/class/net") as string[]).join()} ${read(sys, "/proc/sys/net/ipv4/ip_forward")}`);
        return 0;
      },
      argv: ["bash"], env: new Map(), ns: host, stdio: [bed.kernel.newFeed(new Uint8Array()), out, out],
    });
    if (typeof p === "string") throw new Error(p);
    bed.settle(p);
    expect(fromUtf8(out.bytes())).toBe("true lo 1\n");
    expect(bed.net.sysctl.get("net/ipv4/ip_forward")?.get()).toBe("0");
    expect([...bed.net.world.namespaces]).toEqual([bed.net]);
  });
});

describe("pid and uts namespaces", () => {
  test("unshare(pid): the next child is 1 inside and has another number outside; /proc shows it only when mounted anew", () => {
    const bed = new OsTestbed();
    const seen: Record<string, unknown> = {};
    bed.run(program(function* (sys) {
      sys.unshare(["pid"]);
      const outside = sys.spawn({ argv: ["c"], run: function* (c) {
        seen["inside"] = [c.pid, c.ppid, c.readlink("/proc/self")];
        c.unshare(["mnt"]);
        c.mountFs("proc", "/proc");
        seen["mounted"] = [(c.readlink("/proc/self") as { target: string }).target, (c.readdir("/proc") as string[]).filter((n) => /^\d+$/.test(n))];
        seen["kill"] = c.kill(2, "SIGTERM");
        yield* c.sleep(1e9);
        return 0;
      } }) as number;
      seen["outside"] = outside > 1;
      yield* sys.sleep(1e8);
      seen["nspid"] = /NSpid:\t(.*)/.exec(read(sys, `/proc/${outside}/status`))?.[1];
      yield* sys.waitpid();
    }));
    expect(seen).toEqual({
      inside: [1, 0, { target: expect.stringMatching(/^[2-9]$/) }], mounted: ["1", ["1"]], kill: "ESRCH", outside: true, nspid: expect.stringMatching(/^\d+\t1$/),
    });
  });

  test("process 1 of a pid namespace ends: everybody in it is killed", () => {
    const bed = new OsTestbed();
    bed.run(program(function* (sys) {
      sys.unshare(["pid"]);
      sys.spawn({ argv: ["init"], run: function* (c) {
        c.spawn({ argv: ["worker"], run: function* (w) { yield* w.sleep(1e12); return 0; } });
        yield* c.sleep(1e9);
        return 0;
      } });
      yield* sys.waitpid();
      yield* sys.sleep(1e6);
      expect(bed.kernel.processes.map((p) => p.comm)).toEqual(["systemd", "prog"]);
    }));
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("sethostname in an own uts namespace leaves the others' alone; unshare user: EINVAL", () => {
    const bed = new OsTestbed();
    const out = bed.run(program(function* (sys) {
      expect(sys.unshare(["user"])).toBe("EINVAL");
      sys.unshare(["uts"]);
      sys.sethostname("inner");
      yield* sys.write(1, `${sys.hostname()} ${bed.kernel.rootNs.uts.nodename} ${read(sys, "/proc/sys/kernel/hostname")}`);
    }));
    expect(out.stdout).toBe("inner box inner\n");
  });
});
