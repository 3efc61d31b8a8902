import { expect, test } from "vitest";
import { bootScenario } from "../lab/scenario.ts";
import { LabHost } from "../headless/host.ts";

/** Runs a script on the machine `host` and gives back what it printed. */
async function run(script: string): Promise<string> {
  const lab = bootScenario("host", 1)!;
  const result = await new LabHost(lab, lab.defaultPlace).run(script, { stdin: "" });
  return `${result.stdout}${result.stderr}`;
}

const RULES = "ip link set lo up; nft add table ip t; nft add chain ip t out '{ type filter hook output priority 0; }'; ";
const LINE = /^\[ {4}\d\.\d{6}\] out: IN= OUT=lo SRC=127\.0\.0\.1 DST=127\.0\.0\.2 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=\d+ DF PROTO=ICMP TYPE=8 CODE=0 ID=\d+ SEQ=1 \n$/;

test("a log statement's line stands in the kernel's ring buffer", async () => {
  expect(await run(`${RULES} nft add rule ip t out ip daddr 127.0.0.2 log prefix '"out: "'; ping -q -c 1 127.0.0.2 > /dev/null; dmesg`)).toMatch(LINE);
});

test("-x names facility and level, -r gives them as a number, -l chooses, -t drops the time", async () => {
  const log = "nft add rule ip t out ip daddr 127.0.0.2 log prefix '\"a \"' level info; ping -q -c 1 127.0.0.2 > /dev/null;";
  const out = await run(`${RULES} ${log} dmesg -x | cut -c 1-15; dmesg -r | cut -c 1-4; dmesg -l warn; dmesg -t -l info,debug | cut -c 1-9; dmesg -l loud; dmesg -H`);
  expect(out).toBe("kern  :info  : \n<6>[\na IN= OUT\ndmesg: unknown level 'loud'\ndmesg: -H: not simulated here\n");
});

test("another namespace logs only with nf_log_all_netns, which the first one alone has", async () => {
  const inside = "ip netns exec red bash -c \"ip link set lo up; nft add table ip t; nft add chain ip t out '{ type filter hook output priority 0; }'; nft add rule ip t out ip daddr 127.0.0.2 log; ls /proc/sys/net/netfilter/nf_log_all_netns\"";
  const ping = "ip netns exec red ping -q -c 1 127.0.0.2 > /dev/null; dmesg | wc -l;";
  expect(await run(`ip netns add red; ${inside}; ${ping} sysctl -w net.netfilter.nf_log_all_netns=1; ${ping} dmesg -C; dmesg`))
    .toBe("0\nnet.netfilter.nf_log_all_netns = 1\n1\nls: cannot access '/proc/sys/net/netfilter/nf_log_all_netns': No such file or directory\n");
});

test("-w waits for what comes, -c clears what it printed", async () => {
  const out = await run(`${RULES} nft add rule ip t out ip daddr 127.0.0.2 log; timeout 1 dmesg -w | wc -l & sleep 0.5; ping -q -c 1 127.0.0.2 > /dev/null; wait; dmesg -c | wc -l; dmesg | wc -l`);
  expect(out).toBe("1\n1\n0\n");
});
