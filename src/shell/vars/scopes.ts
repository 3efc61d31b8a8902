import { copyVariable, type Variable } from "./variable.ts";

/** One function call's variables. "temporary" scopes hold the assignments before a command: `x=1 f`. */
export interface Scope {
  readonly kind: "global" | "function" | "temporary";
  readonly vars: Map<string, Variable>;
}

/** The stack of scopes, innermost last: bash looks names up dynamically. */
export class Scopes {
  readonly #stack: Scope[];

  constructor(stack: Scope[] = [{ kind: "global", vars: new Map() }]) {
    this.#stack = stack;
  }

  /** A copy for a subshell. */
  copy(): Scopes {
    return new Scopes(this.#stack.map(({ kind, vars }) => ({
      kind, vars: new Map([...vars].map(([name, v]) => [name, copyVariable(v)])),
    })));
  }

  find(name: string): Variable | undefined {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const v = this.#stack[i]?.vars.get(name);
      if (v) return v;
    }
    return undefined;
  }

  push(kind: "function" | "temporary"): Scope {
    const scope: Scope = { kind, vars: new Map() };
    this.#stack.push(scope);
    return scope;
  }

  pop(scope: Scope): void {
    while (this.#stack.length > 1 && this.#stack.pop() !== scope);
  }

  get global(): Scope {
    return this.#stack[0] ?? { kind: "global", vars: new Map() };
  }

  /** The innermost function's scope: where `local` declares. */
  get local(): Scope | undefined {
    return this.#stack[this.#functionIndex()];
  }

  #functionIndex(): number {
    let at = this.#stack.length - 1;
    while (at >= 0 && this.#stack[at]?.kind !== "function") at--;
    return at;
  }

  get inFunction(): boolean {
    return this.local !== undefined;
  }

  /** Where a new variable goes that was not declared: the global scope. */
  define(name: string, v: Variable): void {
    this.global.vars.set(name, v);
  }

  /** A variable of the assignments before the call that runs now (`x=1 f`). */
  temporary(name: string): Variable | undefined {
    const below = this.#stack[this.#functionIndex() - 1];
    return below?.kind === "temporary" ? below.vars.get(name) : undefined;
  }

  /** Removes the innermost definition; what it hid shows again. The current function's own locals stay, unset. */
  remove(name: string): void {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const scope = this.#stack[i];
      const v = scope?.vars.get(name);
      if (!scope || !v) continue;
      if (scope === this.local) {
        v.value = undefined;
        v.items.clear();
        v.assigned = false;
        v.kind = "scalar";
        Object.assign(v, { integer: false, exported: false, fold: "", nameref: false });
      } else scope.vars.delete(name);
      return;
    }
  }

  /** Visible variables by name. */
  all(): Map<string, Variable> {
    const seen = new Map<string, Variable>();
    for (const scope of this.#stack) for (const [name, v] of scope.vars) seen.set(name, v);
    return seen;
  }

  /** What a child process gets. */
  exported(): Map<string, string> {
    const env = new Map<string, string>();
    for (const [name, v] of this.all()) {
      if (v.exported && v.kind === "scalar" && v.value !== undefined) env.set(name, v.value);
    }
    return env;
  }
}
