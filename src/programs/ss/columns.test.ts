import { describe, expect, test } from "vitest";
import { layOut, type Row, TITLES } from "./columns.ts";
import { timeText } from "./row-text.ts";

const row = (fields: Partial<Row>): Row => ({ netid: "tcp", state: "ESTAB", recvq: "0     ", sendq: "0     ", addr: "", serv: "", raddr: "", rserv: "", ext: "", proc: "", ...fields });
const LISTENER = row({ state: "LISTEN", sendq: "511   ", addr: "0.0.0.0:", serv: "8001", raddr: "0.0.0.0:", rserv: "*", ext: ' users:(("nginx",pid=682,fd=4))' });
const WITHOUT_NETID = new Set(["netid"] as const);

describe("columns of ss", () => {
  test("one table asked for → no Netid; the last row's users are not measured, so the titles stay short", () => {
    expect(layOut([TITLES, LISTENER], WITHOUT_NETID, null)).toBe(
      "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n" +
      'LISTEN 0      511          0.0.0.0:8001      0.0.0.0:*    users:(("nginx",pid=682,fd=4))\n');
  });

  test("two rows → the first one's users make the column wide, and lines end in blanks", () => {
    const lines = layOut([TITLES, LISTENER, LISTENER], WITHOUT_NETID, null).split("\n");
    expect(lines[0]).toBe(`State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess${" ".repeat(24)}`);
  });

  test("on a terminal of 100 columns → what is left over is shared out, the rest to the right (recorded)", () => {
    const rows = [["0.0.0.0:", "5000"], ["127.0.0.1:", "80"]].map(([addr = "", serv = ""]) => row({ state: "LISTEN", sendq: "1     ", addr, serv, raddr: "0.0.0.0:", rserv: "*" }));
    expect(layOut([TITLES, ...rows], WITHOUT_NETID, 100)).toBe(
      "State      Recv-Q     Send-Q         Local Address:Port           Peer Address:Port     Process     \n" +
      "LISTEN     0          1                    0.0.0.0:5000                0.0.0.0:*                    \n" +
      "LISTEN     0          1                  127.0.0.1:80                  0.0.0.0:*                    \n");
  });

  test("a screen too small for a line → columns that do not fit begin the next line of the screen", () => {
    const [titles = ""] = layOut([TITLES], WITHOUT_NETID, 40).split("\n");
    expect(titles.length % 40).toBe(0);
  });
});

describe("timers of ss -o", () => {
  test.each([[204, "204ms"], [59_000, "59sec"], [59_940, "59sec"], [9_500, "9.500ms"], [60_000, "1min"], [119_000, "1min59sec"], [7_200_000, "120min"], [660_000 + 5_000, "11min"], [0, ""]])("%i ms → %s", (ms, text) => {
    expect(timeText(ms)).toBe(text);
  });
});
