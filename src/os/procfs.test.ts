import { describe, expect, test } from "vitest";
import { devOpen } from "../net/core/dev.ts";
import { ip4 } from "../wire/addr.ts";
import { fromUtf8 } from "../wire/text.ts";
import { OsTestbed } from "./testbed.ts";
import type { Sys, Task } from "./sys.ts";

const read = (sys: Sys, path: string): string => {
  const got = sys.readFile(path);
  return typeof got === "string" ? got : fromUtf8(got);
};

function inside(body: (sys: Sys) => Task<void>, bed = new OsTestbed()): void {
  bed.run(function* (sys) {
    yield* body(sys);
    return 0;
  }, "", ["prog", "-x", "y z"]);
  if (bed.kernel.crashes.length > 0) throw bed.kernel.crashes[0]!.error;
}

describe("/proc/<pid>", () => {
  test("cmdline, comm, environ, cwd, exe, fd of the reader", () => inside(function* (sys) {
    sys.chdir("/tmp");
    expect(read(sys, "/proc/self/cmdline")).toBe("prog\0-x\0y z\0");
    expect(read(sys, "/proc/self/comm")).toBe("prog\n");
    expect(read(sys, "/proc/self/environ")).toBe("PATH=/bin\0");
    expect(sys.readlink("/proc/self/cwd")).toEqual({ target: "/tmp" });
    expect(sys.readlink("/proc/self")).toEqual({ target: String(sys.pid) });
    expect(sys.lstat("/proc/self/fd/0")).toMatchObject({ kind: "link", mode: 0o500, size: 64, mtimeSec: 1_700_000_000 });
    expect(sys.readdir("/proc/self/fd")).toEqual(["0", "1", "2"]);
    expect(sys.readlink("/proc/self/fd/0")).toEqual({ target: expect.stringMatching(/^pipe:\[\d+\]$/) });
    yield* sys.write(1, "");
  }));

  test("stat has the 52 fields in their places; status names them", () => inside(function* (sys) {
    yield* sys.compute(50_000_000);
    const fields = read(sys, "/proc/self/stat").trim().split(" ");
    expect(fields).toHaveLength(52);
    expect(fields.slice(0, 8)).toEqual([String(sys.pid), "(prog)", "R", "0", String(sys.pid), String(sys.pid), "0", "-1"]);
    expect(fields[13]).toBe("5");
    expect(read(sys, "/proc/self/status")).toMatch(/^Name:\tprog\nUmask:\t0022\nState:\tR \(running\)\nTgid:\t2\n/);
  }));

  test("SigIgn and SigCgt are bit masks by signal number", () => inside(function* (sys) {
    sys.signal("SIGINT", "ignore");
    sys.signal("SIGTERM", () => undefined);
    expect(read(sys, "/proc/self/status")).toContain("SigIgn:\t0000000000000002\nSigCgt:\t0000000000004000\n");
    yield* sys.sleep(1);
  }));

  test("a process that is gone: ENOENT; the list holds what lives", () => inside(function* (sys) {
    const pid = sys.spawn({ argv: ["c"], run: function* () { return 0; } }) as number;
    expect((sys.readdir("/proc") as string[]).filter((name) => /^\d/.test(name))).toEqual(["1", "2", String(pid)]);
    yield* sys.waitpid();
    expect(sys.readFile(`/proc/${pid}/stat`)).toBe("ENOENT");
  }));

  test("/dev/stdout reopens the pipe, /dev/fd/N a file with an offset of its own", () => {
    const bed = new OsTestbed();
    const out = bed.run(function* (sys) {
      const fd = sys.open("/dev/stdout", { write: true }) as number;
      yield* sys.write(fd, "hi");
      sys.writeFile("/tmp/f", "abc");
      const file = sys.open("/tmp/f", { read: true }) as number;
      yield* sys.read(file, 2);
      const again = sys.open(`/dev/fd/${file}`, { read: true }) as number;
      yield* sys.write(1, (yield* sys.read(again, 9)) as Uint8Array);
      return 0;
    });
    expect(out.stdout).toBe("hiabc");
  });
});

describe("/proc/sys", () => {
  test("reads and writes the network's entries; bad values EINVAL; unknown ENOENT; read-only EACCES", () => inside(function* (sys) {
    expect(read(sys, "/proc/sys/net/ipv4/ip_forward")).toBe("0\n");
    expect(sys.writeFile("/proc/sys/net/ipv4/ip_forward", "1\n")).toBeUndefined();
    expect(read(sys, "/proc/sys/net/ipv4/ip_forward")).toBe("1\n");
    expect(read(sys, "/proc/sys/net/ipv4/conf/lo/forwarding")).toBe("1\n");
    expect(sys.writeFile("/proc/sys/net/ipv4/ip_default_ttl", "999")).toBe("EINVAL");
    expect(sys.readFile("/proc/sys/net/ipv4/nope")).toBe("ENOENT");
    expect(sys.writeFile("/proc/sys/kernel/osrelease", "x")).toBe("EACCES");
    expect(sys.readdir("/proc/sys")).toEqual(["kernel", "net"]);
    expect(sys.stat("/proc/sys/net/ipv4/conf")).toMatchObject({ kind: "dir" });
    yield* sys.sleep(1);
  }));
});

describe("/proc/net and /sys/class/net", () => {
  test("dev: header and lo as the kernel lays them out", () => inside(function* (sys) {
    expect(read(sys, "/proc/net/dev").split("\n")[2]).toBe(
      "    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0");
    expect(read(sys, "/proc/net/arp")).toBe("IP address       HW type     Flags       HW address            Mask     Device\n");
    expect(read(sys, "/proc/net/route")).toHaveLength(128);
    yield* sys.sleep(1);
  }));

  test("lo down, then up: operstate, flags, carrier", () => {
    const bed = new OsTestbed();
    inside(function* (sys) {
      const show = (name: string): string => read(sys, `/sys/class/net/lo/${name}`).trim();
      expect(["operstate", "flags", "mtu", "ifindex", "address", "type", "carrier"].map(show)).toEqual(
        ["down", "0x8", "65536", "1", "00:00:00:00:00:00", "772", "EINVAL"]);
      devOpen(bed.net.loopback);
      expect(["operstate", "flags", "carrier", "statistics/rx_packets"].map(show)).toEqual(["unknown", "0x9", "1", "0"]);
      expect(sys.readlink("/sys/class/net/lo")).toEqual({ target: "../../devices/virtual/net/lo" });
      yield* sys.sleep(1);
    }, bed);
  });

  test("udp and raw: a connected UDP socket and a raw one, as this machine's kernel prints them", () => {
    const bed = new OsTestbed();
    devOpen(bed.net.loopback);
    inside(function* (sys) {
      const udp = sys.socket("inet", "dgram", "udp") as number;
      const lo = ip4(0x7f000001);
      sys.bind(udp, { family: "inet", addr: lo, port: 47148 });
      yield* sys.connect(udp, { family: "inet", addr: lo, port: 7000 });
      sys.socket("inet", "raw", "icmp");
      const volatile = (text: string): string => text.replace(/ \d+ 2 [0-9a-f]{16}/, " INODE 2 PTR");
      expect(volatile(read(sys, "/proc/net/udp").split("\n")[1]!.trimEnd())).toBe(
        "   44: 0100007F:B82C 0100007F:1B58 01 00000000:00000000 00:00000000 00000000     0        0 INODE 2 PTR 0");
      expect(read(sys, "/proc/net/udp")).toHaveLength(2 * 128);
      expect(volatile(read(sys, "/proc/net/raw").split("\n")[1]!)).toBe(
        "   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 INODE 2 PTR 0");
    }, bed);
  });
});
