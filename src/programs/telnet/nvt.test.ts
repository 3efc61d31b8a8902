import { describe, expect, test } from "vitest";
import { Nvt, outgoing } from "./nvt.ts";

const [IAC, DONT, DO, WONT, WILL, ECHO, SGA, NAWS] = [255, 254, 253, 252, 251, 1, 3, 31];
const hear = (nvt: Nvt, ...bytes: number[]): [string, number[]] => {
  const { data, answer } = nvt.hear(new Uint8Array(bytes));
  return [String.fromCharCode(...data), [...answer]];
};

describe("network virtual terminal (RFC 854)", () => {
  test("the server offers echo → accepted, once", () => {
    const nvt = new Nvt();
    expect(hear(nvt, IAC, WILL, ECHO)).toEqual(["", [IAC, DO, ECHO]]);
    expect(nvt.remoteEcho).toBe(true);
    expect(hear(nvt, IAC, WILL, ECHO)).toEqual(["", []]);
    expect(hear(nvt, IAC, WONT, ECHO)).toEqual(["", [IAC, DONT, ECHO]]);
    expect(nvt.remoteEcho).toBe(false);
  });

  test("what is not simulated → refused", () => {
    expect(hear(new Nvt(), IAC, DO, NAWS)).toEqual(["", [IAC, WONT, NAWS]]);
    expect(hear(new Nvt(), IAC, WILL, NAWS)).toEqual(["", [IAC, DONT, NAWS]]);
    expect(hear(new Nvt(), IAC, DO, SGA)).toEqual(["", [IAC, WILL, SGA]]);
  });

  test("a command cut in two segments → put together; doubled 255 is data", () => {
    const nvt = new Nvt();
    expect(hear(nvt, 65, IAC)).toEqual(["A", []]);
    expect(hear(nvt, DO, NAWS, 66, IAC, IAC)).toEqual(["B\xff", [IAC, WONT, NAWS]]);
  });

  test("CR LF → new line, CR NUL → carriage return, also across segments", () => {
    const nvt = new Nvt();
    expect(hear(nvt, 97, 13, 10, 98, 13, 0, 99)[0]).toBe("a\nb\rc");
    expect([...outgoing("x\n\xff")]).toEqual([120, 13, 10, 255, 255]);
  });
});
