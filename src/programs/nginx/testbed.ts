import { fromLatin1, latin1 } from "../../http/bytes.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import type { Process } from "../../os/process.ts";
import type { Program, Sys, Task } from "../../os/sys.ts";
import { OsTestbed } from "../../os/testbed.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { ip } from "../ip/ip.ts";

/** A machine with `lo`, a server on it, and clients that send bytes as they are. */
export class ServerBed {
  readonly os: OsTestbed;
  readonly stderr;

  constructor(seed = 1) {
    this.os = new OsTestbed(seed);
    this.os.run(ip, "", ["ip", "link", "set", "lo", "up"]);
    this.os.kernel.makeDirs("/var/log/nginx");
    this.stderr = this.os.kernel.newCapture();
  }

  file(path: string, text: string): void {
    this.os.kernel.writeFile(path, latin1(text));
  }

  text(path: string): string {
    let text = "";
    this.os.run(function* (sys) {
      const bytes = sys.readFile(path);
      text = isErrno(bytes) ? "" : fromLatin1(bytes);
      return 0;
    });
    return text;
  }

  /** Starts a program and lets it come up. */
  serve(program: Program, ...argv: string[]): Process {
    const { kernel } = this.os;
    const p = this.os.start(program, [kernel.newFeed(new Uint8Array(0)), kernel.newCapture(), this.stderr], argv);
    this.os.pass(200_000_000);
    return p;
  }

  /** Sends `text` and reads until the end, a reset, or `patienceMs` of silence. Answers bytes and how it ended. */
  ask(port: number, text: string, patienceMs = 300): { text: string; end: "closed" | "reset" | "silent" | "refused"; ms: number } {
    const got = { text: "", end: "refused" as "closed" | "reset" | "silent" | "refused", ms: 0 };
    this.os.settle(this.client(port, text, patienceMs, got), 3_000_000);
    return got;
  }

  /** The same beside other things. */
  client(port: number, text: string, patienceMs: number, got: { text: string; end: string; ms: number }): Process {
    return this.os.start(function* (sys) {
      const beganNs = sys.nowNs;
      yield* talk(sys, port, text, patienceMs, got);
      got.ms = Math.round((sys.nowNs - beganNs) / 1e6);
      return 0;
    }, [this.os.kernel.newFeed(new Uint8Array(0)), this.os.kernel.newCapture(), this.os.kernel.newCapture()]);
  }
}

const LOCALHOST = parseIp4("127.0.0.1")!;

function* talk(sys: Sys, port: number, text: string, patienceMs: number, got: { text: string; end: string }): Task<void> {
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd) || (yield* sys.connect(fd, { family: "inet", addr: LOCALHOST, port })) !== undefined) return;
  if (text !== "") yield* sys.sendmsg(fd, { data: latin1(text), noSignal: true });
  for (;;) {
    const answer = yield* sys.recvmsg(fd, { maxBytes: 65_536, deadlineNs: sys.nowNs + patienceMs * 1e6 });
    if (isErrno(answer)) {
      got.end = answer === "EAGAIN" ? "silent" : "reset";
      break;
    }
    if (answer.data.length === 0) {
      got.end = "closed";
      break;
    }
    got.text += fromLatin1(answer.data);
  }
  sys.close(fd);
}

/** The status of the first answer. */
export const statusOf = (text: string): string => /^HTTP\/1\.\d (\d{3})/.exec(text)?.[1] ?? "none";
/** What follows the head. */
export const bodyOf = (text: string): string => text.slice(text.indexOf("\r\n\r\n") + 4);
