import type { Disposition, Signal } from "./sys.ts";

/** What happens when nobody said otherwise, signal(7). */
export type DefaultAction = "terminate" | "core" | "ignore" | "stop" | "continue";

/** Signals in the order of their numbers on x86: SIGHUP is 1. */
export const SIGNALS = [
  "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
  "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", null, "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
  "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
] as const satisfies readonly (Signal | null)[];

const IGNORED: readonly Signal[] = ["SIGCHLD", "SIGURG", "SIGWINCH"];
const STOPPING: readonly Signal[] = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"];
const CORE: readonly Signal[] = [
  "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGXCPU", "SIGXFSZ", "SIGSYS",
];

export const signalNumber = (signal: Signal): number => SIGNALS.indexOf(signal) + 1;
/** The signal with this number; undefined when there is none. */
export const signalByNumber = (n: number): Signal | undefined => SIGNALS[n - 1] ?? undefined;

export function defaultAction(signal: Signal): DefaultAction {
  if (signal === "SIGCONT") return "continue";
  if (IGNORED.includes(signal)) return "ignore";
  if (STOPPING.includes(signal)) return "stop";
  return CORE.includes(signal) ? "core" : "terminate";
}

/** One process's dispositions and the signals that wait for it. */
export class SignalState {
  readonly #set = new Map<Signal, Disposition>();
  readonly #pending = new Set<Signal>();

  disposition(signal: Signal): Disposition {
    return this.#set.get(signal) ?? "default";
  }

  setDisposition(signal: Signal, to: Disposition): Disposition {
    const before = this.disposition(signal);
    if (to === "default") this.#set.delete(signal);
    else this.#set.set(signal, to);
    if (this.ignores(signal)) this.#pending.delete(signal);
    return before;
  }

  /** Would the signal vanish without effect? SIGKILL and SIGSTOP never do. */
  ignores(signal: Signal): boolean {
    if (signal === "SIGKILL" || signal === "SIGSTOP") return false;
    const set = this.disposition(signal);
    if (set === "ignore") return true;
    const action = defaultAction(signal);
    return set === "default" && (action === "ignore" || action === "continue");
  }

  get anyPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Queues a signal. A stop forgets a waiting continue, and the other way round (kernel prepare_signal). */
  post(signal: Signal): void {
    if (signal === "SIGCONT") for (const stop of STOPPING) this.#pending.delete(stop);
    if (STOPPING.includes(signal)) this.#pending.delete("SIGCONT");
    if (!this.ignores(signal)) this.#pending.add(signal);
  }

  /** Takes the next signal: SIGKILL before all, else the lowest number. */
  take(): Signal | undefined {
    if (this.#pending.size === 0) return undefined;
    const order = [...this.#pending].sort((a, b) => rank(a) - rank(b));
    const next = order[0];
    if (next !== undefined) this.#pending.delete(next);
    return next;
  }

  /** Takes all signals that have a handler. */
  takeHandled(): Signal[] {
    const handled = [...this.#pending].filter((signal) => typeof this.disposition(signal) === "function");
    for (const signal of handled) this.#pending.delete(signal);
    return handled;
  }

  /** exec(2): handlers become default, ignored stays ignored. */
  resetForExec(): void {
    for (const [signal, set] of [...this.#set]) if (typeof set === "function") this.#set.delete(signal);
  }

  /** What a child starts with. */
  inherit(changes?: ReadonlyMap<Signal, "default" | "ignore">): SignalState {
    const child = new SignalState();
    for (const [signal, set] of this.#set) if (set === "ignore") child.setDisposition(signal, set);
    for (const [signal, set] of changes ?? []) child.setDisposition(signal, set);
    return child;
  }

  /** Bit mask as /proc/<pid>/status prints it: bit n-1 stands for signal n. */
  mask(which: "pending" | "ignored" | "caught"): string {
    let bits = 0;
    for (const signal of SIGNALS) if (signal && this.#isIn(which, signal)) bits += 2 ** (signalNumber(signal) - 1);
    return bits.toString(16).padStart(16, "0");
  }

  #isIn(which: "pending" | "ignored" | "caught", signal: Signal): boolean {
    if (which === "pending") return this.#pending.has(signal);
    const set = this.disposition(signal);
    return which === "ignored" ? set === "ignore" : typeof set === "function";
  }
}

const rank = (signal: Signal): number => (signal === "SIGKILL" ? 0 : signalNumber(signal));
