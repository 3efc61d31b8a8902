import type { Signal, Task } from "../os/sys.ts";
import { ExitShell, Interrupted } from "./control.ts";
import { runTrapAction } from "./interp/trap-action.ts";
import { signalNumber } from "./jobs.ts";
import type { Shell } from "./state.ts";

export type TrapName = Signal | "EXIT" | "ERR" | "DEBUG" | "RETURN";

/** Signals that end the shell, so that an EXIT trap must run first. */
const FATAL: readonly Signal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The `trap` table, and the signals that came since the last command. */
export class Traps {
  /** "" = ignored. */
  readonly actions = new Map<TrapName, string>();
  /** Of a subshell: what the parent had, shown by `trap` until the subshell sets its own. */
  inherited: ReadonlyMap<TrapName, string> | undefined;
  #pending: Signal[] = [];
  #interrupted = false;
  /** An EXIT trap catches this signal although nothing else does. */
  #fatal: Signal | undefined;
  /** Traps do not nest: the one that runs. */
  running: TrapName | undefined;
  /** `$?` when it began: what a bare `exit` in it uses. */
  statusBefore = 0;

  forSubshell(): Traps {
    const child = new Traps();
    for (const [name, action] of this.actions) if (action === "") child.actions.set(name, "");
    if (this.actions.size > 0) child.inherited = new Map(this.actions);
    return child;
  }

  /** `errtrace` and `functrace` let subshells keep these. */
  keep(from: Traps, names: readonly TrapName[]): void {
    for (const name of names) {
      const action = from.actions.get(name);
      if (action !== undefined) this.actions.set(name, action);
    }
  }

  set(sh: Shell, name: TrapName, action: string | undefined): void {
    this.inherited = undefined;
    if (action === undefined) this.actions.delete(name);
    else this.actions.set(name, action);
    if (name.startsWith("SIG")) this.#arm(sh, name as Signal);
    if (name === "EXIT") for (const fatal of FATAL) this.#arm(sh, fatal);
  }

  #arm(sh: Shell, signal: Signal): void {
    const action = this.actions.get(signal);
    if (action === "") sh.sys.signal(signal, "ignore");
    else if (action !== undefined) sh.sys.signal(signal, () => { this.#pending.push(signal); });
    else if (sh.interactive && signal === "SIGINT") this.catchInterrupt(sh);
    else if (sh.interactive && signal === "SIGTERM") sh.sys.signal(signal, "ignore");
    else if (FATAL.includes(signal) && this.actions.has("EXIT")) sh.sys.signal(signal, () => { this.#fatal = signal; });
    else sh.sys.signal(signal, "default");
  }

  /** Interactive shells: Ctrl-C goes back to the prompt. */
  catchInterrupt(sh: Shell): void {
    sh.sys.signal("SIGINT", () => { this.#interrupted = true; });
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  clearInterrupt(): void {
    this.#interrupted = false;
  }

  /** A child died of Ctrl-C: the shell acts as if it had got it. */
  interrupt(): void {
    this.#interrupted = true;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** First trapped signal that waits for its action. */
  get firstPending(): Signal | undefined {
    return this.#pending[0];
  }

  /** Throws when the shell was interrupted, or must end. */
  checkInterrupt(sh: Shell): void {
    const fatal = this.#fatal;
    if (fatal) {
      this.#fatal = undefined;
      throw new ExitShell(128 + signalNumber(fatal));
    }
    if (!this.#interrupted || !sh.interactive) return;
    this.#interrupted = false;
    throw new Interrupted();
  }

  /** Between commands: runs the actions of signals that came. */
  *checkpoint(sh: Shell): Task<void> {
    this.checkInterrupt(sh);
    while (this.#pending.length > 0) {
      const signal = this.#pending.shift();
      const action = signal && this.actions.get(signal);
      if (signal && action) yield* runTrapAction(sh, signal, action);
    }
  }

  /** EXIT, once. */
  *onExit(sh: Shell): Task<number | undefined> {
    const action = this.actions.get("EXIT");
    this.actions.delete("EXIT");
    if (!action) return undefined;
    return yield* runTrapAction(sh, "EXIT", action);
  }

  /** ERR, DEBUG, RETURN. */
  *onEvent(sh: Shell, name: "ERR" | "DEBUG" | "RETURN"): Task<void> {
    const action = this.actions.get(name);
    if (!action || this.running === name) return;
    if (sh.functionDepth > 0 && name !== "RETURN" && !this.reaches(sh, name)) return;
    yield* runTrapAction(sh, name, action);
  }

  /** Functions inherit ERR with `set -E`, DEBUG with `set -T`. */
  reaches(sh: Shell, name: TrapName): boolean {
    return sh.functionDepth === 0 || sh.on(name === "ERR" ? "errtrace" : "functrace");
  }
}
