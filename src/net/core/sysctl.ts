import type { Errno } from "../uapi/errno.ts";

/** One file below /proc/sys: text out, text in. */
export interface SysctlEntry {
  readonly get: () => string;
  /** Absent = read-only. */
  readonly set?: (text: string) => Errno | undefined;
}

/** The files of one directory; made when somebody first looks. */
export type SysctlDir = ReadonlyMap<string, SysctlEntry>;

/**
 * The /proc/sys tree of a namespace, keys like "net/ipv4/ip_forward". Values live in plain typed
 * fields of the subsystem that uses them; entries are only doors to these.
 */
export class SysctlTree {
  #dirs = new Map<string, SysctlDir | (() => SysctlDir)>();

  /** Registers a directory; `build` runs when somebody first looks into it (most devices' never are). */
  register(dir: string, build: () => SysctlDir): void {
    this.#dirs.set(dir, build);
  }

  /** More files for a directory that another subsystem registered, or a new one. */
  extend(dir: string, build: () => SysctlDir): void {
    const before = this.#dirs.get(dir);
    this.#dirs.set(dir, () => new Map([...(typeof before === "function" ? before() : (before ?? [])), ...build()]));
  }

  unregister(dir: string): void {
    this.#dirs.delete(dir);
  }

  get(path: string): SysctlEntry | undefined {
    const cut = path.lastIndexOf("/");
    return this.#dir(path.slice(0, cut))?.get(path.slice(cut + 1));
  }

  #dir(name: string): SysctlDir | undefined {
    const dir = this.#dirs.get(name);
    if (typeof dir !== "function") return dir;
    const built = dir();
    this.#dirs.set(name, built);
    return built;
  }

  /** All paths, sorted as a directory walk gives them. */
  paths(): readonly string[] {
    return [...this.#dirs.keys()].flatMap((dir) => [...this.#dir(dir)!.keys()].map((file) => `${dir}/${file}`)).sort();
  }
}

/** An integer held in a field; `min`/`max` bound it as proc_dointvec_minmax does, else any 32-bit value goes. */
export function intEntry<T>(holder: T, field: { [K in keyof T]: T[K] extends number ? K : never }[keyof T], min = -2147483648, max = 2147483647): SysctlEntry {
  const slot = holder as Record<typeof field, number>;
  return {
    get: () => String(slot[field]),
    set: (text) => {
      const n = parseSysctlInt(text);
      if (n === null || n < min || n > max) return "EINVAL";
      slot[field] = n;
      return undefined;
    },
  };
}

/** proc_dointvec: optional sign, decimal, 0x hex or 0 octal, white space around. */
export function parseSysctlInt(text: string): number | null {
  const t = text.trim();
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(t)) return null;
  const negative = t.startsWith("-");
  const digits = negative ? t.slice(1) : t;
  const n = /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits);
  return negative ? -n : n;
}
