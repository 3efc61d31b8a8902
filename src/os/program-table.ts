import type { Program } from "./sys.ts";

/**
 * Programs by the path they were installed at. Some are brought after the machine was built, so that a page need not wait
 * for rare ones. The first turn of a new process comes after the event that made it: whoever drives the simulation looks at
 * `wanted` between events, and lets time stand still until the programs are there. So nothing differs from having had them.
 */
export class ProgramTable {
  readonly #programs = new Map<string, Program>();
  readonly #later = new Set<string>();
  wanted = false;

  add(path: string, program: Program | null): void {
    if (program === null) this.#later.add(path);
    else this.#programs.set(path, program);
  }

  find(path: string): Program | undefined {
    const known = this.#programs.get(path);
    if (known !== undefined || !this.#later.has(path)) return known;
    this.wanted = true;
    return this.#laterProgram(path);
  }

  supply(programs: ReadonlyMap<string, Program>): void {
    for (const [path, program] of programs) this.#programs.set(path, program);
    this.wanted = false;
  }

  #laterProgram(path: string): Program {
    const programs = this.#programs;
    return function* (sys, argv) {
      const program = programs.get(path);
      if (program === undefined) throw new Error(`${path} began before it was brought`);
      return yield* program(sys, argv);
    };
  }
}
