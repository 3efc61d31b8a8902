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
    const checks = ["ip.check_checksum", "udp.check_checksum", "tcp.check_checksum"].flatMap((pref) => ["-o", `${pref}:TRUE`]);
    const out = execFileSync("tshark", ["-r", join(dir, "c.pcapng"), ...checks, "-d", "udp.port==8472,vxlan", "-Y", filter], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return out.split("\n").filter((line) => line !== "");
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || _ws.expert.severity >= 0x600000";

describe.skipIf(!hasTshark)("tshark reads our captures", () => {
  test("a ping across the overlay: every frame is understood, the inner one too", () => {
    const commands = ["ping -c 2 11.11.0.2", "ping -c 1 -s 3000 11.11.0.2", "ping -c 1 -W 1 11.11.0.77", "ping -c 1 -R 11.11.0.2", "ping -c 1 -t 1 11.11.0.2"];
    expect(tshark("two-clusters", "C0w1/c1", commands, BAD)).toEqual([]);
    expect(tshark("two-clusters", "C0w1/c1", commands, "vxlan.vni == 100 && icmp.type == 8").length).toBeGreaterThanOrEqual(4);
  });

  test("a request, a closed port, a slow bulk and a tool for each: no malformed segment, no bad sum, nothing that Wireshark warns of", () => {
    const server = "(printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n' | ip netns exec k0_c1 nc -l -p 8080 -q 1 > /dev/null) &";
    const commands = [`${server} sleep 0.1; curl -s 11.10.128.2:8080`, "(ip netns exec k0_c1 nc -l -p 9999 > /dev/null) & sleep 0.1; head -c 300000 /dev/zero | nc -q 0 11.10.128.2 9999"];
    expect(tshark("two-clusters", "C0w1", commands, BAD)).toEqual([]);
    const remote = ["curl -s 11.11.0.2:81; wget -q -t 1 -O - 11.11.0.2:82; nc -zv 11.11.0.2 83", "dig +tries=1 +timeout=1 @11.11.0.2 example.com; traceroute -n 11.11.0.2; tracepath -n 11.11.0.2"];
    const reset = tshark("two-clusters", "C0w1/c1", remote, "tcp.flags.reset == 1 && vxlan.vni == 100");
    expect(reset.length).toBeGreaterThanOrEqual(3);
    // Every cable is in the capture, so a query is in it more than once; and a reset is what Wireshark warns of.
    expect(tshark("two-clusters", "C0w1/c1", remote, `(${BAD}) && !(tcp.flags.reset == 1) && !dns.retransmit_request`)).toEqual([]);
  });

  test("a single machine: pings to the Internet, the gateway and nobody", () => {
    const commands = ["ping -c 2 8.8.8.8", "ping -c 1 172.17.0.1", "ping -c 1 -W 1 172.17.0.99", "ping -c 1 -W 1 9.9.9.9"];
    expect(tshark("lab", "lab", commands, BAD)).toEqual([]);
    expect(tshark("lab", "lab", commands, "icmp.type == 0")).toHaveLength(5);
  });
});
