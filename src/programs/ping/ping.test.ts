import { describe, expect, it } from "vitest";
import { OsTestbed } from "../../os/testbed.ts";
import { ping } from "./ping.ts";

const run = (...args: string[]) => new OsTestbed().run(ping, "", ["ping", ...args]);

describe("ping's command line", () => {
  it.each([
    ["", 1, "ping: usage error: Destination address required\n"],
    ["-c 0 10.0.0.4", 1, "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n"],
    ["-c x 10.0.0.4", 1, "ping: invalid argument: 'x'\n"],
    ["-t 256 10.0.0.4", 1, "ping: invalid argument: '256': out of range: 0 <= value <= 255\n"],
    ["-M foo 10.0.0.4", 2, "ping: invalid -M argument: foo\n"],
    ["-p xyz 10.0.0.4", 2, "ping: patterns must be specified as hex digits: xyz\n"],
    ["-R -T tsonly 10.0.0.4", 2, "ping: only one of -T or -R may be used\n"],
    ["-W -1 10.0.0.4", 2, "ping: bad linger time: -1\n"],
    ["-6 ::1", 2, "ping: -6: not simulated here\n"],
    ["-r 10.0.0.4", 2, "ping: -r: not simulated here\n"],
  ])("ping %s → exit %i and the real words", (args, status, stderr) => {
    const r = run(...args.split(" ").filter((a) => a !== ""));
    expect(r.stderr).toBe(stderr);
    expect(r.status).toMatchObject({ code: status });
  });
});

describe("ping without a network", () => {
  it("lo down, nothing routed → connect: Network is unreachable, exit 2", () => {
    const r = run("-c", "1", "127.0.0.1");
    expect(r.stderr).toBe("ping: connect: Network is unreachable\n");
    expect(r.status).toMatchObject({ code: 2 });
  });
});
