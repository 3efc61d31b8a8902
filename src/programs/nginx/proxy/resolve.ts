import { isErrno } from "../../../net/uapi/errno.ts";
import type { InetAddr } from "../../../net/uapi/socket.ts";
import type { Sys } from "../../../os/sys.ts";
import { readIp4, type Ip4 } from "../../../wire/addr.ts";
import { CLASS_IN, decodeDns, DNS_RD, encodeDns, rcodeOf, TYPE_A, type DnsMessage } from "../../../wire/dns.ts";
import { waitFor, type Co } from "../../lib/event-loop.ts";

/** The `resolver` directive: names are asked for at run time, without holding up the other connections. */

const RESEND_NS = 5_000_000_000;
const FAILURES: Readonly<Record<number, string>> = { 1: "1: Format error", 2: "2: Server failure", 3: "3: Host not found", 4: "4: Unimplemented", 5: "5: Operation refused" };

const queryFor = (id: number, name: string): Uint8Array | null =>
  encodeDns({ id, flags: DNS_RD, questions: [{ name: name.endsWith(".") ? name : `${name}.`, type: TYPE_A, cls: CLASS_IN }], answers: [], authority: [], additional: [] });

/** Addresses, or nginx's words for why not. */
export function* resolveAt(sys: Sys, servers: readonly InetAddr[], name: string, timeoutMs: number): Co<readonly Ip4[] | string> {
  const untilNs = sys.nowNs + timeoutMs * 1e6;
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) return "2: Server failure";
  try {
    for (let i = 0; sys.nowNs < untilNs; i++) {
      const id = sys.random() & 0xffff;
      const query = queryFor(id, name);
      const server = servers[i % servers.length];
      if (query === null || server === undefined) return "3: Host not found";
      yield* sys.sendmsg(fd, { data: query, to: server });
      const answer = yield* answerTo(sys, fd, id, Math.min(untilNs, sys.nowNs + RESEND_NS));
      if (answer !== undefined) return answer;
    }
    return "110: Operation timed out";
  } finally {
    sys.close(fd);
  }
}

function* answerTo(sys: Sys, fd: number, id: number, deadlineNs: number): Co<readonly Ip4[] | string | undefined> {
  for (;;) {
    const got = yield* sys.recvmsg(fd, { maxBytes: 4096, dontWait: true });
    if (got === "EAGAIN") {
      if ((yield* waitFor([{ fd, in: true }], deadlineNs)).length === 0) return undefined;
      continue;
    }
    if (isErrno(got)) return undefined;
    const message = decodeDns(got.data);
    if (message !== null && message.id === id) return readAnswer(message);
  }
}

function readAnswer(message: DnsMessage): readonly Ip4[] | string {
  const code = rcodeOf(message);
  if (code !== 0) return FAILURES[code] ?? "2: Server failure";
  const addresses = message.answers.filter((a) => a.type === TYPE_A && a.data.length === 4).map((a) => readIp4(a.data, 0));
  return addresses.length > 0 ? addresses : "3: Host not found";
}
