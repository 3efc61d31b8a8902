import { describe, expect, test } from "vitest";
import { devOpen } from "../../net/core/dev.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import { OsTestbed, shown } from "../../os/testbed.ts";
import type { Program } from "../../os/sys.ts";
import { latin1 } from "../../http/bytes.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { curl } from "../curl/curl.ts";
import { barRate, decimal, dotRate, humanReadable, rateText, shortTime } from "./rates.ts";
import { wget } from "./wget.ts";

const SERVER = { family: "inet", addr: parseIp4("127.0.0.1")!, port: 8000 } as const;

/** What a terminal of 80 columns shows of a program that asks a server which sends `answer` after its request. */
function onTerminal(program: Program, argv: readonly string[], answer: string): string {
  const bed = new OsTestbed();
  devOpen(bed.net.loopback);
  const server: Program = function* (sys) {
    const fd = sys.socket("inet", "stream", "tcp") as number;
    sys.bind(fd, SERVER);
    sys.listen(fd, 5);
    const conn = yield* sys.accept(fd);
    if (isErrno(conn)) return 1;
    yield* sys.read(conn, 65536);
    yield* sys.sendmsg(conn, { data: latin1(answer) });
    sys.close(conn);
    return 0;
  };
  const quiet = [bed.kernel.newFeed(new Uint8Array(0)), bed.kernel.newCapture(), bed.kernel.newCapture()] as const;
  bed.start(server, [...quiet]);
  bed.pass(1e6);
  const tty = bed.kernel.openTty();
  bed.settle(bed.start(program, tty, argv));
  return shown(tty);
}

const OLD = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nS1-W2\n";

describe("on a terminal", () => {
  test("wget draws a bar: an animal while the size is unknown", () => {
    const text = onTerminal(wget, ["wget", "-O", "/tmp/y", "http://127.0.0.1:8000"], OLD);
    const [head, bar, end] = text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "DATE").split(/\r\n\r\n\r?/);
    expect(head).toBe("--DATE--  http://127.0.0.1:8000/\r\nConnecting to 127.0.0.1:8000... connected.\r\nHTTP request sent, awaiting response... 200 OK\r\nLength: unspecified\r\nSaving to: '/tmp/y'");
    expect(bar!.split("\r")).toEqual([
      "/tmp/y                  [<=>                 ]       0  --.-KB/s               ", "/tmp/y                  [ <=>                ]       6  --.-KB/s    in 0s      ",
    ]);
    expect(end).toMatch(/^DATE \([\d.]+ [KM]B\/s\) - '\/tmp\/y' saved \[6\]$/);
  });

  test("wget draws a thermometer when the size is known", () => {
    const text = onTerminal(wget, ["wget", "-O", "/tmp/y", "http://127.0.0.1:8000"], "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfour");
    expect(text).toContain("\r/tmp/y                0%[                    ]       0  --.-KB/s               \r/tmp/y              100%[===================>]       4  --.-KB/s    in 0s      \r\n");
  });

  test("curl shows no meter where the body itself is shown, and one beside -o", () => {
    expect(onTerminal(curl, ["curl", "http://127.0.0.1:8000"], OLD)).toBe("S1-W2\r\n");
    expect(onTerminal(curl, ["curl", "-o", "/tmp/x", "http://127.0.0.1:8000"], OLD)).toMatch(/^ {2}% Total[^]*Speed\r\n\r {2}0[^]*\r100 {5}6 {4}0 {5}6[^]*\r\n$/);
  });

  test("curl makes field names bold, and refuses to show binary", () => {
    expect(onTerminal(curl, ["curl", "-i", "http://127.0.0.1:8000"], OLD)).toBe("HTTP/1.0 200 OK\r\r\n\x1b[1mServer\x1b[0m: x\r\r\n\r\r\nS1-W2\r\n");
    expect(onTerminal(curl, ["curl", "http://127.0.0.1:8000"], "HTTP/1.0 200 OK\r\n\r\na\0b")).toMatch(/^Warning: Binary output can mess up your terminal\. Use "--output -" to tell \r\nWarning: curl to output it/);
  });
});

test("amounts, rates and times in few characters", () => {
  expect([0, 1023, 1024, 4115, 10_240, 1_500_000].map((n) => humanReadable(n, 10, 1))).toEqual(["0", "1023", "1.0K", "4.0K", "10K", "1.4M"]);
  expect([rateText(6, 0.00005), rateText(500, 1), rateText(5_000_000, 1)]).toEqual(["117 KB/s", "500 B/s", "4.77 MB/s"]);
  expect([dotRate(6, 1), barRate(20_480, 1)]).toEqual(["6.00 ", "20.0KB/s"]);
  expect([0, 0.0007, 0.02, 0.5, 1.26, 12.4].map(decimal)).toEqual(["0", "0.001", "0.02", "0.5", "1.3", "12"]);
  expect([shortTime(99, true), shortTime(100, true), shortTime(7300, false)]).toEqual(["99s", "1m40s", "2h 1m"]);
});
