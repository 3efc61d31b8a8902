import { expect, test } from "vitest";
import type { Lab } from "../lab/lab.ts";
import { type RunResult, runToEnd } from "../lab/run.ts";
import { bootLab } from "../lab/single.ts";
import { withAllPrograms } from "../lab/scenario.ts";

/** Texts are those of Debian 12: findutils 4.9, glibc 2.36, procps 4.0. */
const TREE = "mkdir -p ft/a/b; touch ft/a/x ft/.h; ";
const bash = (lab: Lab, command: string): RunResult => runToEnd(lab, "lab", command);

test("find: names, kinds, depths, and the operators between them", () => {
  const lab = withAllPrograms(bootLab(1));
  expect(bash(lab, `${TREE} find ft -name a -o -type f -name x`)).toEqual({ stdout: "ft/a\nft/a/x\n", stderr: "", code: 0 });
  expect(bash(lab, "find ft/ -maxdepth 1 | sort").stdout).toBe("ft/\nft/.h\nft/a\n");
  expect(bash(lab, "find ft ! -type d | sort").stdout).toBe("ft/.h\nft/a/x\n");
  expect(bash(lab, "find ft -mindepth 1 '(' -empty -a -type d ')'").stdout).toBe("ft/a/b\n");
});

test.each([
  ["-foo", "unknown predicate `-foo'"], ["-name", "missing argument to `-name'"], ["-name a b", "paths must precede expression: `b'"],
  ["'(' -name a", "invalid expression; I was expecting to find a ')' somewhere but did not see one."], ["-name a -o", "expected an expression after '-o'"],
  ["-type z", "Unknown argument to -type: z"], ["-exec ls {} ';'", "-exec: not simulated here"], ["-delete", "-delete: not simulated here"],
])("find ft %s: refused in find's words, nothing printed", (expression, words) => {
  expect(bash(withAllPrograms(bootLab(1)), `find ft ${expression}`)).toEqual({ stdout: "", stderr: `find: ${words}\n`, code: 1 });
});

test("find: a start that is not there is told and the others are walked", () => {
  expect(bash(withAllPrograms(bootLab(1)), "mkdir d; find nosuch d")).toEqual({ stdout: "d\n", stderr: "find: ‘nosuch’: No such file or directory\n", code: 1 });
});

test("getent hosts: the machine's own name, IPv6 before IPv4, status 2 for what nobody knows", () => {
  const lab = withAllPrograms(bootLab(1));
  expect(bash(lab, "getent hosts $(hostname)").stdout).toBe("172.17.0.2      knetsim\n");
  expect(bash(lab, "getent hosts localhost").stdout).toBe("::1             localhost ip6-localhost ip6-loopback\n");
  expect(bash(lab, "getent hosts 192.0.2.99")).toEqual({ stdout: "", stderr: "", code: 2 });
  expect(bash(lab, "getent nosuch x")).toEqual({ stdout: "Try `getent --help' or `getent --usage' for more information.\n", stderr: "Unknown database: nosuch\n", code: 1 });
});

test("free: the rows add up to what /proc/meminfo says", () => {
  const lab = withAllPrograms(bootLab(1));
  const total = Number(/MemTotal: +(\d+)/.exec(bash(lab, "cat /proc/meminfo").stdout)![1]);
  const [header, memory, swap] = bash(lab, "free").stdout.split("\n");
  expect(header).toBe("               total        used        free      shared  buff/cache   available");
  const numbers = memory!.split(/ +/).slice(1).map(Number);
  expect([numbers[0], numbers[1]! + numbers[5]!]).toEqual([total, total]);
  expect(swap).toBe("Swap:              0           0           0");
  expect(bash(lab, "free -h").stdout).toContain("Mem:           4.0Gi");
});

test("a pod's shell and ip netns exec see the devices of their namespace in /sys", () => {
  const lab = withAllPrograms(bootLab(1));
  expect(bash(lab, "ip netns add n; ip netns exec n ls /sys/class/net; ls /sys/class/net").stdout).toBe("lo\neth0\nlo\n");
  expect(runToEnd(lab, "lab/n", "ls /sys/class/net").stdout).toBe("lo\n");
});
