import { OsTestbed } from "../os/testbed.ts";
import type { Program } from "../os/sys.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import { bash } from "./shell.ts";

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** A machine with bash and the programs a test gives it, by their paths. */
export class ShellTestbed {
  readonly os: OsTestbed;

  constructor(programs: ReadonlyMap<string, Program>) {
    this.os = new OsTestbed();
    for (const [path, program] of programs) this.os.kernel.install(path, program);
    for (const path of ["/usr/bin/bash", "/usr/bin/sh"]) this.os.kernel.install(path, bash);
    this.os.kernel.makeDirs("/root/work");
  }

  /** `bash -c command`, to its end. */
  run(command: string, options: { env?: Readonly<Record<string, string>>; stdin?: string; argv?: readonly string[]; maxSteps?: number } = {}): Ran {
    const { kernel } = this.os;
    const [stdout, stderr] = [kernel.newCapture(), kernel.newCapture()];
    const env = new Map(Object.entries({ PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin", HOME: "/root", ...options.env }));
    const argv = options.argv ?? ["bash", "-c", command];
    const p = kernel.start({ run: "/bin/bash", argv, env, cwd: "/root/work", stdio: [kernel.newFeed(utf8(options.stdin ?? "")), stdout, stderr] });
    if (typeof p === "string") throw new Error(p);
    this.os.settle(p, options.maxSteps ?? 400_000);
    const s = p.status;
    return { stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), code: s?.is === "exited" ? s.code : 255 };
  }
}
