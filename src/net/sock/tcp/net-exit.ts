import type { Netns } from "../../core/netns.ts";
import { destroySock } from "./close.ts";
import { dropRequest } from "./listen.ts";
import { twDestroy } from "./minisock.ts";
import { RequestSock } from "./request.ts";
import { TimewaitSock } from "./timewait.ts";

/** The namespace ends (tcp_sk_exit_batch): what still waits there for its peer is forgotten without a word. */
export function tcpNetExit(ns: Netns): void {
  for (const e of [...ns.sock.tcp.established.values()].flat()) {
    if (e instanceof TimewaitSock) twDestroy(e);
    else if (e instanceof RequestSock) dropRequest(e);
    else {
      e.state = "CLOSE";
      destroySock(e);
    }
  }
  ns.sock.tcp.established.clear();
}
