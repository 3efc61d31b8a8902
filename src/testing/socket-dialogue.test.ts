import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createVethPair } from "../net/dev/veth.ts";
import { devOpen, registerNetdevice } from "../net/core/dev.ts";
import { inetAddAddr, newIfAddr } from "../net/ipv4/devinet.ts";
import { OsTestbed } from "../os/testbed.ts";
import { parseIp4 } from "../wire/addr.ts";
import { whyNotReal } from "./real-kernel.ts";
import { playDialogue } from "./socket-dialogue.ts";

const TEXT = readFileSync(join(import.meta.dirname, "socket-dialogue.txt"), "utf8").trimEnd();
const LINES = TEXT.split("\n");

/** One machine: lo, and a veth pair with 10.1.0.1/24 on one end. */
function machine(): OsTestbed {
  const box = new OsTestbed();
  devOpen(box.net.loopback);
  const [v0, v1] = createVethPair(box.net, "v0", box.net, "v1");
  for (const dev of [v0, v1]) registerNetdevice(dev);
  inetAddAddr(box.net, newIfAddr(v0, parseIp4("10.1.0.1")!, 24));
  for (const dev of [v0, v1]) devOpen(dev);
  return box;
}

const SETUP = "mount -t tmpfs none /mnt; cd /mnt; ip link set lo up; ip link add v0 type veth peer name v1; ip addr add 10.1.0.1/24 dev v0; ip link set v0 up; ip link set v1 up; sleep 0.3";

describe("socket calls", () => {
  it("answer as a Linux kernel did", () => {
    const box = machine();
    let played: string[] = [];
    box.run(function* (sys) {
      sys.chdir("/mnt");
      played = yield* playDialogue(sys, LINES);
      return 0;
    });
    expect(played).toEqual(LINES);
  });

  it.skipIf(whyNotReal() !== null)("and as this machine's own kernel does", { timeout: 60_000, retry: 1 }, () => {
    const script = join(import.meta.dirname, "socket-calls.py");
    const { stdout } = spawnSync("unshare", ["-n", "-m", "bash", "-c", `${SETUP}; python3 ${script}`], { input: `${TEXT}\n`, encoding: "utf8" });
    expect(stdout.trimEnd().split("\n")).toEqual(LINES);
  });
});
