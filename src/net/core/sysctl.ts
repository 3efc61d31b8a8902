import type { Errno } from "../uapi/errno.ts";

/** One file below /proc/sys: text out, text in. */
export interface SysctlEntry {
  readonly get: () => string;
  /** Absent = read-only. */
  readonly set?: (text: string) => Errno | undefined;
}

/**
 * The /proc/sys tree of a namespace, keys like "net/ipv4/ip_forward". Values live in plain typed
 * fields of the subsystem that uses them; entries are only doors to these.
 */
export class SysctlTree {
  #entries = new Map<string, SysctlEntry>();

  register(path: string, entry: SysctlEntry): void {
    this.#entries.set(path, entry);
  }

  /** Removes an entry or everything below a directory. */
  unregister(prefix: string): void {
    for (const path of [...this.#entries.keys()]) {
      if (path === prefix || path.startsWith(`${prefix}/`)) this.#entries.delete(path);
    }
  }

  get(path: string): SysctlEntry | undefined {
    return this.#entries.get(path);
  }

  /** All paths, sorted as a directory walk gives them. */
  paths(): readonly string[] {
    return [...this.#entries.keys()].sort();
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
