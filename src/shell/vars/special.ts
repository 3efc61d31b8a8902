import type { Shell } from "../state.ts";
import { type Dynamic, type Variable, scalar } from "./variable.ts";

/** Variables that are computed when read: bash(1), "Shell Variables". */
export function installSpecials(sh: Shell): void {
  const scope = sh.vars.global.vars;
  for (const [name, dynamic] of Object.entries(specials(sh))) {
    const old = scope.get(name);
    if (old && !old.dynamic) continue;
    const v: Variable = { ...(old ?? scalar(undefined)), dynamic };
    if (typeof dynamic.get() !== "string") v.kind = "indexed";
    if (name === "SHELLOPTS" || name === "BASHOPTS") v.readonly = true;
    scope.set(name, v);
  }
}

function specials(sh: Shell): Record<string, Dynamic> {
  return { ...numbers(sh), ...lists(sh) };
}

function numbers(sh: Shell): Record<string, Dynamic> {
  return {
    RANDOM: { get: () => String(nextRandom(sh)), set: (v) => { sh.randomSeed = (Number.parseInt(v, 10) || 0) >>> 0; } },
    SRANDOM: { get: () => String(sh.sys.random()) },
    SECONDS: {
      get: () => String(Math.floor((sh.sys.nowNs - sh.secondsBaseNs) / 1e9)),
      set: (v) => { sh.secondsBaseNs = sh.sys.nowNs - (Number.parseInt(v, 10) || 0) * 1e9; },
    },
    LINENO: { get: () => String(sh.line), set: () => undefined },
    SHELLOPTS: { get: () => [...sh.options].sort().join(":") },
    BASHOPTS: { get: () => [...sh.shopt].sort().join(":") },
    BASHPID: { get: () => String(sh.sys.pid) },
    BASH_SUBSHELL: { get: () => String(sh.subshellDepth) },
    BASH_COMMAND: { get: () => sh.currentCommand },
    EPOCHSECONDS: { get: () => String(sh.sys.wallTime().sec) },
    EPOCHREALTIME: { get: () => epochReal(sh) },
    _: { get: () => sh.lastArg, set: (v) => { sh.lastArg = v; } },
  };
}

function epochReal(sh: Shell): string {
  const { sec, nsec } = sh.sys.wallTime();
  return `${sec}.${String(Math.floor(nsec / 1000)).padStart(6, "0")}`;
}

function lists(sh: Shell): Record<string, Dynamic> {
  const outward = (): readonly (typeof sh.frames)[number][] => [...sh.frames].reverse();
  const isScript = (): boolean => sh.input === "file";
  const inside = (): boolean => sh.frames.length > 0;
  const file = (): string[] => (isScript() ? [sh.name] : []);
  return {
    FUNCNAME: { get: () => (inside() ? [...outward().map((f) => (f.isSource ? "source" : f.name)), ...(isScript() ? ["main"] : [])] : []) },
    BASH_SOURCE: { get: () => [...outward().map((f) => f.file), ...file()] },
    BASH_LINENO: { get: () => (inside() || isScript() ? [...outward().map((f) => String(f.callLine)), ...(isScript() ? ["0"] : [])] : []) },
    PIPESTATUS: { get: () => sh.pipeStatus.map(String), set: () => undefined },
    DIRSTACK: { get: () => [sh.sys.getcwd(), ...sh.directories] },
    GROUPS: { get: () => ["0"] },
  };
}

/** brand() of bash: a minimal-standard generator with Schrage's method, upper and lower half folded. */
function nextRandom(sh: Shell): number {
  const seed = sh.randomSeed ?? sh.sys.random();
  const start = seed === 0 ? 123459876 : seed;
  const high = Math.floor(start / 127773);
  const next = 16807 * (start - 127773 * high) - 2836 * high;
  sh.randomSeed = (next < 0 ? next + 0x7fffffff : next) >>> 0;
  return ((sh.randomSeed >>> 16) ^ (sh.randomSeed & 0xffff)) & 0x7fff;
}
