import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CaptureFile } from "../lab/capture.ts";
import { runToEnd } from "../lab/run.ts";
import { bootScenario } from "../lab/scenario.ts";

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
if (!hasTshark) console.warn("tshark is not installed: what Wireshark says of our captures is not checked");

/** Runs commands in a fresh lab and gives the capture of every cable to tshark; returns the lines it prints. */
function tshark(scenario: string, at: string, commands: readonly string[], filter: string): readonly string[] {
  const lab = bootScenario(scenario, 1)!;
  const capture = new CaptureFile(lab);
  for (const command of commands) runToEnd(lab, at, command);
  const dir = mkdtempSync(join(tmpdir(), "knetsim-"));
  try {
    writeFileSync(join(dir, "c.pcapng"), capture.bytes());
    const checks = ["ip.check_checksum", "udp.check_checksum"].flatMap((pref) => ["-o", `${pref}:TRUE`]);
    const out = execFileSync("tshark", ["-r", join(dir, "c.pcapng"), ...checks, "-d", "udp.port==8472,vxlan", "-Y", filter], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return out.split("\n").filter((line) => line !== "");
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0 || _ws.expert.severity >= 0x600000";

describe.skipIf(!hasTshark)("tshark reads our captures", () => {
  test("a ping across the overlay: every frame is understood, the inner one too", () => {
    const commands = ["ping -c 2 11.11.0.2", "ping -c 1 -s 3000 11.11.0.2", "ping -c 1 -W 1 11.11.0.77", "ping -c 1 -R 11.11.0.2", "ping -c 1 -t 1 11.11.0.2"];
    expect(tshark("two-clusters", "C0w1/c1", commands, BAD)).toEqual([]);
    expect(tshark("two-clusters", "C0w1/c1", commands, "vxlan.vni == 100 && icmp.type == 8").length).toBeGreaterThanOrEqual(4);
  });

  test("a single machine: pings to the Internet, the gateway and nobody", () => {
    const commands = ["ping -c 2 8.8.8.8", "ping -c 1 172.17.0.1", "ping -c 1 -W 1 172.17.0.99", "ping -c 1 -W 1 9.9.9.9"];
    expect(tshark("lab", "lab", commands, BAD)).toEqual([]);
    expect(tshark("lab", "lab", commands, "icmp.type == 0")).toHaveLength(5);
  });
});
