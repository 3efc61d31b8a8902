import { OsTestbed } from "../os/testbed.ts";
import type { Program, Sys, Task } from "../os/sys.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import { bash } from "./shell.ts";

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** A machine with bash and whatever programs a test gives it. */
export class ShellTestbed {
  readonly os: OsTestbed;

  constructor(programs: Readonly<Record<string, Program>> = {}) {
    this.os = new OsTestbed();
    const all: Readonly<Record<string, Program>> = { ...STAND_INS, ...programs, bash, sh: bash };
    for (const [name, program] of Object.entries(all)) this.os.kernel.install(`/usr/bin/${name}`, program);
    this.os.kernel.makeDirs("/root/work");
  }

  /** `bash -c command`, to its end. */
  run(command: string, options: { env?: Readonly<Record<string, string>>; stdin?: string; argv?: readonly string[]; maxSteps?: number } = {}): Ran {
    const { kernel } = this.os;
    const [stdout, stderr] = [kernel.newCapture(), kernel.newCapture()];
    const env = new Map(Object.entries({ PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/root", ...options.env }));
    const argv = options.argv ?? ["bash", "-c", command];
    const p = kernel.start({ run: "/bin/bash", argv, env, cwd: "/root/work", stdio: [kernel.newFeed(utf8(options.stdin ?? "")), stdout, stderr] });
    if (typeof p === "string") throw new Error(p);
    this.os.settle(p, options.maxSteps ?? 400_000);
    const s = p.status;
    return { stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), code: s?.is === "exited" ? s.code : 255 };
  }
}

/** One-liners that shell tests need while they test the shell, not the tool. */
const STAND_INS: Readonly<Record<string, Program>> = {
  sleep: function* (sys, argv) { yield* sys.sleep(Number(argv[1]) * 1e9); return 0; },
  env: function* (sys) { yield* print(sys, [...sys.env].map(([k, v]) => `${k}=${v}\n`).join("")); return 0; },
  touch: function* (sys, argv) { for (const f of argv.slice(1)) sys.writeFile(f, "", { write: true, create: true, append: true }); return 0; },
  mkdir: function* (sys, argv) { for (const f of argv.slice(1)) if (f !== "-p") sys.mkdir(f); return 0; },
  rm: function* (sys, argv) { for (const f of argv.slice(1)) sys.unlink(f); return 0; },
  rmdir: function* (sys, argv) { for (const f of argv.slice(1)) sys.rmdir(f); return 0; },
  ls: function* (sys, argv) {
    for (const path of argv.slice(1).length ? argv.slice(1) : ["."]) {
      const names = sys.readdir(path);
      if (typeof names === "string") { yield* sys.write(2, `ls: cannot access '${path}': No such file or directory\n`); return 2; }
      yield* print(sys, [...names].sort().map((n) => n + "\n").join(""));
    }
    return 0;
  },
  basename: function* (sys, argv) { yield* print(sys, (argv[1] ?? "").replace(/^.*\//, "") + "\n"); return 0; },
};

function* print(sys: Sys, text: string): Task<void> {
  yield* sys.write(1, utf8(text));
}
