import type { Sys, Task } from "../../os/sys.ts";

/** RFC 854 commands. */
const IAC = 255;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;

/** -t: every offer is answered DONT, every wish WONT (RFC 854); what is left is data. */
export function* answerTelnet(sys: Sys, fd: number | null, data: Uint8Array): Task<Uint8Array> {
  const rest: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const command = data[i + 1] ?? 0;
    if (data[i] !== IAC || command < WILL || command > DONT) {
      rest.push(data[i]!);
      continue;
    }
    const answer = command === WILL || command === WONT ? DONT : command === DO || command === DONT ? WONT : IAC;
    if (fd !== null) yield* sys.sendmsg(fd, { data: new Uint8Array([IAC, answer, data[i + 2] ?? 0]), dontWait: true });
    i += 2;
  }
  return new Uint8Array(rest);
}
