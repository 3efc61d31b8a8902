/** One shell variable: a string, an indexed array or an associative array, with its attributes. */
export interface Variable {
  kind: "scalar" | "indexed" | "assoc";
  /** Undefined: declared but not set. */
  value: string | undefined;
  /** Elements of an array; indexed arrays keep their keys as decimal strings, in ascending order. */
  items: Map<string, string>;
  /** Declared as an array without elements: unset for `${a+x}`, listed without a value. */
  exported: boolean;
  readonly: boolean;
  integer: boolean;
  fold: "" | "upper" | "lower" | "capital";
  nameref: boolean;
  trace: boolean;
  /** An array that was given a value, if only `()`. */
  assigned: boolean;
  /** Computed when read (RANDOM, SECONDS …). */
  readonly dynamic?: Dynamic;
}

export interface Dynamic {
  /** The value now; an array for FUNCNAME and friends. */
  readonly get: () => string | readonly string[];
  /** Absent: assignments are ignored. */
  readonly set?: (value: string) => void;
}

export function scalar(value: string | undefined): Variable {
  return {
    kind: "scalar", value, items: new Map(), exported: false, readonly: false, integer: false,
    fold: "", nameref: false, trace: false, assigned: false,
  };
}

export function indexedArray(values: readonly string[]): Variable {
  return { ...scalar(undefined), kind: "indexed", items: new Map(values.map((v, i) => [String(i), v])), assigned: true };
}

export function copyVariable(v: Variable): Variable {
  return { ...v, items: new Map(v.items) };
}

/** The value that `$name` gives: the string, or element 0. */
export function plainValue(v: Variable): string | undefined {
  if (v.dynamic) {
    const now = v.dynamic.get();
    return typeof now === "string" ? now : now[0];
  }
  return v.kind === "scalar" ? v.value : v.items.get("0");
}

/** Keys in bash's order. */
export function keysOf(v: Variable): string[] {
  if (v.dynamic) {
    const now = v.dynamic.get();
    return typeof now === "string" ? ["0"] : now.map((_, i) => String(i));
  }
  if (v.kind === "scalar") return v.value === undefined ? [] : ["0"];
  return v.kind === "assoc" ? assocOrder(v.items) : [...v.items.keys()];
}

export function valuesOf(v: Variable): string[] {
  if (v.dynamic) {
    const now = v.dynamic.get();
    return typeof now === "string" ? [now] : [...now];
  }
  if (v.kind === "scalar") return v.value === undefined ? [] : [v.value];
  return keysOf(v).map((k) => v.items.get(k) ?? "");
}

export function elementOf(v: Variable, key: string): string | undefined {
  if (v.dynamic) return valuesOf(v)[Number(key)];
  if (v.kind === "scalar") return key === "0" ? v.value : undefined;
  return v.items.get(key);
}

/** Sets one element, keeping indexed arrays in ascending order. */
export function setElement(v: Variable, key: string, value: string): void {
  v.assigned = true;
  const inOrder = v.kind === "assoc" || v.items.has(key) || v.items.size === 0 || Number(key) > lastKey(v.items);
  v.items.set(key, value);
  if (inOrder) return;
  const sorted = [...v.items].sort((a, b) => Number(a[0]) - Number(b[0]));
  v.items.clear();
  for (const [k, x] of sorted) v.items.set(k, x);
}

/** Highest index of an indexed array, −1 when empty. */
export function lastIndex(v: Variable): number {
  if (v.kind === "scalar") return v.value === undefined ? -1 : 0;
  return v.items.size === 0 ? -1 : lastKey(v.items);
}

function lastKey(items: ReadonlyMap<string, string>): number {
  let last = -1;
  for (const key of items.keys()) last = Math.max(last, Number(key));
  return last;
}

/** Turns a string into element 0 of an array, as `declare -a x` does. */
export function toArray(v: Variable, kind: "indexed" | "assoc"): void {
  if (v.kind === kind) return;
  if (v.kind === "scalar" && v.value !== undefined) {
    v.items.set("0", v.value);
    v.assigned = true;
  }
  v.value = undefined;
  v.kind = kind;
}

/**
 * bash lists an associative array in the order of its hash table: FNV-1 of the key, 1024 buckets,
 * newest first within a bucket (hashlib.c).
 */
function assocOrder(items: ReadonlyMap<string, string>): string[] {
  const keys = [...items.keys()].reverse();
  return keys.map((k) => [bucketOf(k), k] as const).sort((a, b) => a[0] - b[0]).map(([, k]) => k);
}

function bucketOf(key: string): number {
  let hash = 2166136261;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash, 16777619) >>> 0;
    hash = (hash ^ key.charCodeAt(i)) >>> 0;
  }
  return hash & 1023;
}
