/** File modes as chmod(1) reads them: `755`, `u+x,g=`. */
interface Clause {
  readonly who: number;
  readonly everybody: boolean;
  readonly op: "+" | "-" | "=";
  readonly bits: number;
  /** X: execute only for directories and files that have it already. */
  readonly conditional: boolean;
  readonly copyFrom: "u" | "g" | "o" | undefined;
}
export type ModeChange = number | readonly Clause[];

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const PERM: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000, X: 0 };

/** Null when it is no mode. */
export function parseMode(text: string): ModeChange | null {
  if (/^[0-7]{1,5}$/.test(text)) return parseInt(text, 8) & 0o7777;
  const clauses: Clause[] = [];
  for (const part of text.split(",")) {
    const m = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(part);
    if (m === null) return null;
    const who = [...(m[1] ?? "")].reduce((n, c) => n | (WHO[c] ?? 0), 0);
    for (const action of (m[2] ?? "").matchAll(/([-+=])([rwxXstugo]*)/g)) clauses.push(clauseOf(who, action[1] ?? "", action[2] ?? ""));
  }
  return clauses;
}

function clauseOf(who: number, op: string, perms: string): Clause {
  const copyFrom = perms === "u" || perms === "g" || perms === "o" ? perms : undefined;
  const bits = copyFrom === undefined ? [...perms].reduce((n, c) => n | (PERM[c] ?? 0), 0) : 0;
  return { who: who === 0 ? 0o7777 : who, everybody: who === 0, op: op === "+" ? "+" : op === "-" ? "-" : "=", bits, conditional: perms.includes("X"), copyFrom };
}

const SHIFT = { u: 6, g: 3, o: 0 } as const;

/** The mode after the change. Without a "who" the umask shields its bits. */
export function applyMode(change: ModeChange, before: number, isDir: boolean, umask: number): number {
  if (typeof change === "number") return change;
  return change.reduce((mode, c) => {
    const copied = c.copyFrom === undefined ? 0 : ((mode >> SHIFT[c.copyFrom]) & 7) * 0o111;
    const conditional = c.conditional && (isDir || (mode & 0o111) !== 0) ? 0o111 : 0;
    const bits = (c.bits | copied | conditional) & c.who & (c.everybody ? ~umask : ~0);
    if (c.op === "+") return mode | bits;
    if (c.op === "-") return mode & ~bits;
    const kept = isDir ? 0o6000 : 0;
    return (mode & ~(c.who & ~kept)) | bits;
  }, before);
}

/** `-rwxr-xr-x` as ls prints it. */
export function modeText(kind: string, mode: number): string {
  const type = { file: "-", dir: "d", link: "l", char: "c", fifo: "p", socket: "s" }[kind] ?? "?";
  const triple = (bits: number, special: boolean, letter: string): string =>
    `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? "x" : "-"}`;
  return type + triple(mode >> 6, (mode & 0o4000) !== 0, "s") + triple(mode >> 3, (mode & 0o2000) !== 0, "s") + triple(mode, (mode & 0o1000) !== 0, "t");
}
