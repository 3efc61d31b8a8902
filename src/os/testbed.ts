import type { Netns } from "../net/core/netns.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import { Sim } from "../sim/sim.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import type { Program, Sys, Task } from "./sys.ts";
import type { Tty } from "./tty.ts";

/** A kernel on a machine with nothing but `lo`, and programs typed straight into a test. */
export class OsTestbed {
  readonly sim: Sim;
  readonly kernel: Kernel;
  readonly net: Netns;

  constructor(seed = 1) {
    this.sim = new Sim(seed);
    this.net = bootNetns(createWorld(this.sim), "box");
    this.kernel = new Kernel({ sim: this.sim, net: this.net, hostname: "box", startSec: 1_700_000_000 });
  }

  /** Runs a program to its end and returns what it printed and how it ended. */
  run(program: Program, stdin = "", argv: readonly string[] = ["prog"]): { stdout: string; stderr: string; status: Process["status"] } {
    const stdout = this.kernel.newCapture();
    const stderr = this.kernel.newCapture();
    const p = this.start(program, [this.kernel.newFeed(utf8(stdin)), stdout, stderr], argv);
    this.settle(p);
    return { stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), status: p.status };
  }

  start(program: Program | string, stdio: Parameters<Kernel["start"]>[0]["stdio"], argv: readonly string[] = ["prog"]): Process {
    const p = this.kernel.start({ run: program, argv, env: new Map([["PATH", "/bin"]]), stdio });
    if (typeof p === "string") throw new Error(p);
    return p;
  }

  onTty(program: Program, tty: Tty = this.kernel.openTty()): { p: Process; tty: Tty } {
    return { p: this.start(program, tty), tty };
  }

  /** Steps until the process has ended; a test that would never end fails. */
  settle(p: Process, maxSteps = 200_000): void {
    for (let i = 0; i < maxSteps && p.alive; i++) if (!this.sim.step()) break;
    if (p.alive) throw new Error(`${p.comm} still ${p.phase} at ${this.sim.nowNs} ns`);
  }

  /** Lets simulated time pass. */
  pass(ns: number): void {
    this.sim.runUntil(this.sim.nowNs + ns);
  }
}

/** `function*` body as a program that exits 0. */
export const program = (body: (sys: Sys) => Task<void>): Program =>
  function* (sys) {
    yield* body(sys);
    return 0;
  };

export const typed = (tty: Tty, text: string): void => tty.input(utf8(text));
export const shown = (tty: Tty): string => fromUtf8(tty.takeOutput());

/** Reads to the end of file. */
export function* readToEnd(sys: Sys, fd: number): Task<string> {
  let text = "";
  for (;;) {
    const got = yield* sys.read(fd, 4096);
    if (typeof got === "string") return `${text}<${got}>`;
    if (got.length === 0) return text;
    text += fromUtf8(got);
  }
}
