import { describe, expect, test } from "vitest";
import { OsTestbed } from "../../os/testbed.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { encodePcapHeader, encodePcapRecord, LINKTYPE_ETHERNET } from "../../wire/pcap.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { devOpen } from "../../net/core/dev.ts";
import { tcpdump } from "./tcpdump.ts";

/** A machine whose `lo` is up. */
function boot(): OsTestbed {
  const bed = new OsTestbed();
  devOpen(bed.net.loopback);
  return bed;
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replace(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));

/** ping's echo request of 8 data bytes from 10.0.0.1 to 10.0.0.2, and the ARP request before it. */
const ECHO = bytes("02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00 00 24 00 01 40 00 40 01 26 b6 0a 00 00 01 0a 00 00 02 08 00 b7 d6 12 34 00 01 00 01 02 03 04 05 06 07".replace("b7 d6", "d9 be"));
const ARP = bytes("ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02");

function captureFile(...frames: readonly Uint8Array[]): Uint8Array {
  const header = encodePcapHeader({ linkType: LINKTYPE_ETHERNET, snapLength: 262144, nanos: false });
  const records = frames.map((f, i) => encodePcapRecord({ sec: 1_700_000_000 + i, nsec: 250_000_000, wireLength: f.length, bytes: f }, false));
  return Uint8Array.from([header, ...records].flatMap((part) => [...part]));
}

/** Runs tcpdump on a machine whose /a.pcap holds the frames. */
function run(argv: string, ...frames: readonly Uint8Array[]): { stdout: string; stderr: string; status: unknown } {
  const bed = boot();
  const program = function* (sys: Sys): Task<number> {
    sys.writeFile("/a.pcap", captureFile(...frames), { write: true, create: true });
    return yield* tcpdump(sys, argv.split(" "));
  };
  return bed.run(program);
}

const READING = "reading from file /a.pcap, link-type EN10MB (Ethernet), snapshot length 262144\n";

describe("reading a file", () => {
  test("every packet is one line, the file is announced on stderr", () => {
    expect(run("tcpdump -nr /a.pcap", ARP, ECHO)).toMatchObject({
      stdout:
        "22:13:20.250000 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n" +
        "22:13:21.250000 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 4660, seq 1, length 16\n",
      stderr: READING,
      status: { is: "exited", code: 0 },
    });
  });
  test("a filter passes some, -c stops", () => {
    expect(run("tcpdump -tnr /a.pcap icmp", ARP, ECHO).stdout).toBe("IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 4660, seq 1, length 16\n");
    expect(run("tcpdump -tnc 1 -r /a.pcap", ARP, ECHO).stdout).toBe("ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n");
    expect(run("tcpdump -nr /a.pcap --count", ARP, ECHO).stdout).toBe("2 packets\n");
  });
  test("without -n MAC addresses get their vendor", () => {
    expect(run("tcpdump -ter /a.pcap arp", ARP).stdout).toBe(
      "02:00:00:00:00:01 (oui Unknown) > Broadcast, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n",
    );
  });
  test("-w - copies what passes", () => {
    expect(run("tcpdump -r /a.pcap -w - icmp", ARP, ECHO).stdout.length).toBeGreaterThan(24 + 16);
  });
  test("a file cut short: what is whole is shown, then libpcap's words, status 1", () => {
    const bed = boot();
    const cut = captureFile(ARP, ECHO).subarray(0, 24 + 16 + ARP.length + 16 + 5);
    const got = bed.run(function* (sys) {
      sys.writeFile("/a.pcap", cut, { write: true, create: true });
      return yield* tcpdump(sys, ["tcpdump", "-tnr", "/a.pcap"]);
    });
    expect(got).toMatchObject({
      stdout: "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n",
      stderr: `${READING}tcpdump: pcap_loop: truncated dump file; tried to read ${ECHO.length} captured bytes, only got 5\n`,
      status: { is: "exited", code: 1 },
    });
  });
});

describe("refusals, in the words recorded from tcpdump 4.99.3", () => {
  test.each([
    ["tcpdump -r /nosuch", "tcpdump: /nosuch: No such file or directory\n"],
    ["tcpdump -i nosuch", "tcpdump: nosuch: No such device exists\n(No such device exists)\n"],
    ["tcpdump -c 0 -i lo", "tcpdump: invalid packet count 0\n"],
    ["tcpdump -i lo badfilter", "tcpdump: can't parse filter expression: syntax error\n"],
    ["tcpdump -i lo tcp and udp", "tcpdump: expression rejects all packets\n"],
    ["tcpdump -s x", "tcpdump: invalid snaplen x (must be >= 0 and <= 262144)\n"],
    ["tcpdump -T foo", "tcpdump: unknown packet type `foo'\n"],
    ["tcpdump -tttttt", "tcpdump: only -t, -tt, -ttt, -tttt and -ttttt are supported\n"],
    ["tcpdump -G 5", "tcpdump: -G: not simulated here\n"],
    ["tcpdump -i nflog", "tcpdump: -i nflog: not simulated here\n"],
  ])("%s", (argv, stderr) => {
    expect(run(argv)).toMatchObject({ stdout: "", stderr, status: { is: "exited", code: 1 } });
  });
  test("an unknown option is told before version and usage", () => {
    const got = run("tcpdump -9");
    expect(got.stderr).toMatch(/^tcpdump: invalid option -- '9'\ntcpdump version 4\.99\.3\nlibpcap version 1\.10\.3 \(with TPACKET_V3\)\n/);
    expect(got.stderr).toMatch(/\nUsage: tcpdump \[-AbdDefhHIJKlLnNOpqStuUvxX#\]/);
    expect(got.status).toMatchObject({ is: "exited", code: 1 });
  });
});

describe("capturing live", () => {
  const LISTENING = "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n";

  /** tcpdump and a sender of one UDP datagram on `lo`; SIGINT after `stopMs`. */
  function capture(argv: string, stopMs: number): { stdout: string; stderr: string } {
    const bed = boot();
    return bed.run(function* (sys): Task<number> {
      const child = sys.spawn({ run: tcpdump, argv: argv.split(" ") });
      yield* sys.sleep(10_000_000);
      const fd = sys.socket("inet", "dgram");
      if (typeof fd === "string") return 9;
      yield* sys.sendmsg(fd, { data: Uint8Array.of(1, 2, 3), to: { family: "inet", addr: parseIp4("127.0.0.1")!, port: 9 } });
      yield* sys.sleep(stopMs * 1_000_000);
      if (typeof child === "number") sys.kill(child, "SIGINT");
      yield* sys.waitpid();
      return 0;
    });
  }
  test("packets on lo are shown once, though both ends of them were seen; the summary follows the interruption", () => {
    const { stdout, stderr } = capture("tcpdump -tni lo udp", 2000);
    expect(stdout).toMatch(/^IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.9: UDP, length 3\n\n$/);
    expect(stderr).toBe(`${LISTENING}1 packet captured\n2 packets received by filter\n0 packets dropped by kernel\n`);
  });
  test("interrupted before the kernel handed its first block over: nothing is shown", () => {
    const { stdout, stderr } = capture("tcpdump -tni lo udp", 500);
    expect(stdout).toBe("\n");
    expect(stderr).toBe(`${LISTENING}0 packets captured\n2 packets received by filter\n0 packets dropped by kernel\n`);
  });
  test("-l makes it hand over ten times a second, -c ends without a newline", () => {
    expect(capture("tcpdump -tnli lo -c 1 udp", 500).stdout).toMatch(/UDP, length 3\n$/);
  });
  test("a buffer too small for what comes: the kernel's drops are told", () => {
    const bed = boot();
    const { stderr } = bed.run(function* (sys): Task<number> {
      const child = sys.spawn({ run: tcpdump, argv: ["tcpdump", "-B", "1", "-ni", "lo", "udp"] });
      yield* sys.sleep(10_000_000);
      const fd = sys.socket("inet", "dgram");
      if (typeof fd === "string") return 9;
      const to = { family: "inet", addr: parseIp4("127.0.0.1")!, port: 9 } as const;
      for (let i = 0; i < 10; i++) yield* sys.sendmsg(fd, { data: Uint8Array.of(i), to });
      yield* sys.sleep(2_000_000_000);
      if (typeof child === "number") sys.kill(child, "SIGINT");
      yield* sys.waitpid();
      return 0;
    });
    // What fitted were the sending halves of the first five, which are received and not shown.
    expect(stderr).toMatch(/\n0 packets captured\n5 packets received by filter\n35 packets dropped by kernel\n$/);
  });
  test("-i any puts interface and direction first", () => {
    const { stdout, stderr } = capture("tcpdump -tnli any udp", 500);
    expect(stdout).toMatch(/^lo {4}In {2}IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.9: UDP, length 3\n\n$/);
    expect(stderr).toContain("tcpdump: data link type LINUX_SLL2\n");
  });
});

test("-D lists what can be captured on, the likeliest first", () => {
  expect(run("tcpdump -D").stdout).toMatch(/^1\.any \(Pseudo-device that captures on all interfaces\) \[Up, Running\]\n2\.lo \[Up, Running, Loopback\]\n3\.bluetooth-monitor /);
});
