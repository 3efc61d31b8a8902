import { describe, expect, test } from "vitest";
import { parseSide } from "./address.ts";

const address = (text: string): unknown => {
  const side = parseSide(text);
  return "error" in side ? side.error : side.address;
};

describe("addresses of socat", () => {
  test.each([
    ["-", { is: "stdio" }], ["STDIN", { is: "stdin" }], ["TCP:10.0.0.1:80", { is: "connect", proto: "tcp", host: "10.0.0.1", port: "80" }],
    ["tcp4-listen:http", { is: "listen", proto: "tcp", port: "http" }], ["UDP4-RECV:99", { is: "recv", port: "99" }], ["EXEC:cat -n", { is: "exec", argv: ["cat", "-n"] }],
    ["SYSTEM:a; b:c", { is: "exec", argv: ["sh", "-c", "a; b:c"] }], ["UNIX-CONNECT:/run/x", { is: "unix-connect", path: "/run/x" }],
  ])("%s", (text, expected) => {
    expect(address(text)).toEqual(expected);
  });

  test.each([
    ["OPENSSL:a:1", "OPENSSL: not simulated here"], ["TCP6:a:1", "TCP6: not simulated here"], ["TCP:a", "TCP: wrong number of parameters (1 instead of 2)"],
    ["TCP:a:1,crlf", 'option "crlf": not simulated here'], ["-!!TCP:a:1", "!!: not simulated here"],
  ])("%s → refused by name", (text, words) => {
    expect(address(text)).toBe(words);
  });

  test("options by all their names", () => {
    const side = parseSide("UDP:10.0.1.1:1405,sp=41404,so-reuseaddr");
    expect("error" in side ? [] : [...side.options]).toEqual([["sourceport", "41404"], ["reuseaddr", "1"]]);
  });
});
