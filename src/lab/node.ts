import type { Namespaces } from "../os/namespace.ts";
import type { Process } from "../os/process.ts";
import type { Tty } from "../os/tty.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import type { Lab } from "./lab.ts";

/** Mininet's prompt: one byte that no program prints. */
const SENTINEL = "\x7f";
/** A command that has not come back after this much simulated time is our mistake. */
const LIMIT_NS = 60_000_000_000;

/**
 * A machine of the lab as Mininet makes it: a bash on a pseudo-terminal in namespaces of its own.
 * Everything the lab does to it is typed there.
 */
export class LabNode {
  readonly name: string;
  readonly ns: Partial<Namespaces>;
  readonly tty: Tty;
  readonly process: Process;
  readonly #lab: Lab;

  constructor(lab: Lab, name: string, ns: Partial<Namespaces>) {
    this.#lab = lab;
    this.name = name;
    this.ns = ns;
    this.tty = lab.kernel.openTty({ rows: 24, cols: 80 });
    const env = new Map([...lab.env, ["PS1", SENTINEL]]);
    const argv = ["bash", "--norc", "--noediting", "-is", `mininet:${name}`];
    const process = lab.kernel.start({ run: "/usr/bin/bash", argv, env, cwd: lab.home, ns, stdio: this.tty });
    if (typeof process === "string") throw new Error(`${name}: bash: ${process}`);
    this.process = process;
    this.#untilPrompt();
    this.type("unset HISTFILE; stty -echo; set +m");
  }

  /** Types one command line, waits for the prompt and returns what was printed. */
  type(line: string): string {
    this.tty.input(utf8(`${line}\n`));
    return this.#untilPrompt().replaceAll("\r\n", "\n");
  }

  /** Types a command that must print nothing; what it printed is our own mistake. */
  must(line: string): void {
    const out = this.type(line);
    if (out !== "") throw new Error(`${this.name}# ${line}: ${out}`);
  }

  #untilPrompt(): string {
    const { sim } = this.#lab;
    const limitNs = sim.nowNs + LIMIT_NS;
    let out = "";
    for (;;) {
      out += fromUtf8(this.tty.takeOutput());
      if (out.endsWith(SENTINEL)) return out.slice(0, -1);
      if (sim.nowNs > limitNs || !sim.step()) throw new Error(`${this.name}: no prompt after ${JSON.stringify(out)}`);
    }
  }
}
