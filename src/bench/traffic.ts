import type { Lab } from "../lab/lab.ts";
import { bootScenario } from "../lab/scenario.ts";
import { isErrno } from "../net/uapi/errno.ts";
import type { Program, Sys, Task } from "../os/sys.ts";
import { type Ip4, parseIp4 } from "../wire/addr.ts";
import { utf8 } from "../wire/text.ts";

/** Programs that talk over TCP in the whole lab: every frame is made, wrapped, translated, checked. */

const REQUEST = utf8("GET / HTTP/1.1\r\nHost: 100.64.11.1:9000\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n");
const ANSWER = utf8("HTTP/1.0 200 OK\r\nServer: bench\r\nContent-Length: 6\r\n\r\nS1-W2\n");
const PORT = 9000;
const MANY = 1 << 30;

/** One request a connection, as the course's server does it. */
const server: Program = function* (sys) {
  const fd = listening(sys);
  for (;;) {
    const conn = yield* sys.accept(fd);
    if (isErrno(conn)) return 1;
    yield* sys.read(conn, 4096);
    yield* sys.write(conn, ANSWER);
    sys.close(conn);
  }
};

/** Takes connections and keeps them. */
const collector: Program = function* (sys) {
  const fd = listening(sys);
  for (;;) if (isErrno(yield* sys.accept(fd))) return 1;
};

/** Reads and throws away. */
const sink: Program = function* (sys) {
  const fd = listening(sys);
  for (;;) {
    const conn = yield* sys.accept(fd);
    if (isErrno(conn)) return 1;
    for (let got = yield* sys.read(conn, 1 << 16); !isErrno(got) && got.length > 0; got = yield* sys.read(conn, 1 << 16));
    sys.close(conn);
  }
};

function listening(sys: Sys): number {
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd)) throw new Error(`socket: ${fd}`);
  const refused = sys.bind(fd, { family: "inet", addr: parseIp4("0.0.0.0")!, port: PORT }) ?? sys.listen(fd, 1024);
  if (refused !== undefined) throw new Error(`listen: ${refused}`);
  return fd;
}

function* connected(sys: Sys, to: Ip4): Task<number> {
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd)) throw new Error(`socket: ${fd}`);
  const refused = yield* sys.connect(fd, { family: "inet", addr: to, port: PORT });
  if (refused !== undefined) throw new Error(`connect: ${refused}`);
  return fd;
}

/** `requests` one after the other; calls `answered` with each body's bytes. */
const client = (to: Ip4, requests: number, answered: () => void): Program => function* (sys) {
  for (let i = 0; i < requests; i++) {
    const fd = yield* connected(sys, to);
    yield* sys.write(fd, REQUEST);
    let bytes = 0;
    for (let got = yield* sys.read(fd, 4096); !isErrno(got) && got.length > 0; got = yield* sys.read(fd, 4096)) bytes += got.length;
    if (bytes === ANSWER.length) answered();
    sys.close(fd);
  }
  return 0;
};

const sender = (to: Ip4, bytes: number): Program => function* (sys) {
  const fd = yield* connected(sys, to);
  const piece = new Uint8Array(1 << 16).fill(120);
  for (let left = bytes; left > 0; left -= piece.length) yield* sys.write(fd, piece);
  sys.close(fd);
  return 0;
};

const holder = (to: Ip4, count: number): Program => function* (sys) {
  for (let i = 0; i < count; i++) yield* connected(sys, to);
  yield* sys.sleep(3600e9);
  return 0;
};

/** The lab with a server behind the VIP 100.64.11.1 in both of its pods. */
export class Traffic {
  readonly lab: Lab;
  readonly #vip = parseIp4("100.64.11.1")!;

  constructor(kind: "requests" | "bulk" | "many") {
    const lab = bootScenario("two-clusters", 1);
    if (lab === null) throw new Error("there is no scenario two-clusters");
    this.lab = lab;
    const run = kind === "requests" ? server : kind === "bulk" ? sink : collector;
    for (const place of ["C0w2/ic0", "C0w3/ic1"]) this.#start(place, run);
  }

  #start(placeId: string, run: Program): ReturnType<Lab["kernel"]["start"]> {
    const { kernel } = this.lab;
    const place = this.lab.place(placeId)!;
    const stdio = [kernel.newFeed(new Uint8Array(0)), kernel.newCapture(), kernel.newCapture()] as const;
    return kernel.start({ run, argv: ["bench"], env: this.lab.env, ns: this.lab.namespacesAt(place), stdio });
  }

  #untilEnd(placeId: string, run: Program): void {
    const p = this.#start(placeId, run);
    if (typeof p === "string") throw new Error(p);
    const { sim } = this.lab;
    for (let i = 0; i < MANY && p.alive; i++) if (!sim.step()) break;
    if (p.alive) throw new Error("the benchmark's client never ended");
  }

  /** From C0w1/c1 through the VIP; how many were answered whole. */
  requests(count: number): number {
    let answered = 0;
    this.#untilEnd("C0w1/c1", client(this.#vip, count, () => { answered++; }));
    return answered;
  }

  bulk(bytes: number): void {
    this.#untilEnd("C0w1/c1", sender(this.#vip, bytes));
  }

  /** Opens connections that stay open. */
  connections(count: number): void {
    this.#start("C0w1/c1", holder(this.#vip, count));
    this.lab.pass(30e9);
  }
}
