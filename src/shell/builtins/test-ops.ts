import { Complaint } from "../control.ts";
import { compareNames } from "../expand/glob.ts";
import type { Shell } from "../state.ts";
import { findVariable, keyFromText, parseReference, resolveName } from "../vars/assign.ts";
import { elementOf, keysOf, plainValue } from "../vars/variable.ts";
import { namedOption } from "../options.ts";
import type { Stat } from "../../os/sys.ts";

export const UNARY = new Set([..."abcdefghknoprstuvwxzGLNORS"].map((c) => `-${c}`));
export const BINARY = new Set(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]);

/** `-f x` and the like: CONDITIONAL EXPRESSIONS of bash(1). */
export function unaryTest(sh: Shell, operator: string, operand: string): boolean {
  switch (operator) {
    case "-z": return operand === "";
    case "-n": return operand !== "";
    case "-v": return isSet(sh, operand);
    case "-R": return sh.vars.find(operand)?.nameref === true;
    case "-o": { const option = namedOption(operand); return option !== undefined && sh.on(option); }
    case "-t": return /^\s*\d+\s*$/.test(operand) && sh.sys.isatty(Number(operand));
    case "-r": return sh.sys.access(operand, "read") === undefined;
    case "-w": return sh.sys.access(operand, "write") === undefined;
    case "-x": return sh.sys.access(operand, "execute") === undefined;
    case "-h": case "-L": return kindOf(sh.sys.lstat(operand)) === "link";
    default: return fileTest(operator, sh.sys.stat(operand), sh);
  }
}

const kindOf = (stat: Stat | string): string | undefined => (typeof stat === "string" ? undefined : stat.kind);

function fileTest(operator: string, stat: Stat | string, sh: Shell): boolean {
  if (typeof stat === "string") return false;
  switch (operator) {
    case "-a": case "-e": return true;
    case "-f": return stat.kind === "file";
    case "-d": return stat.kind === "dir";
    case "-c": return stat.kind === "char";
    case "-p": return stat.kind === "fifo";
    case "-S": return stat.kind === "socket";
    case "-s": return stat.size > 0;
    case "-u": return (stat.mode & 0o4000) !== 0;
    case "-g": return (stat.mode & 0o2000) !== 0;
    case "-k": return (stat.mode & 0o1000) !== 0;
    case "-O": return stat.uid === sh.sys.uid;
    case "-G": return stat.gid === 0;
    case "-N": return true;
    default: return false;
  }
}

/** `-v name`, `-v a[1]`. */
function isSet(sh: Shell, text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) <= sh.args.length;
  const at = parseReference(text);
  const v = at && findVariable(sh, at.name);
  if (!at || !v) return false;
  if (at.subscript === "@" || at.subscript === "*") return keysOf(v).length > 0;
  if (at.subscript === undefined) return plainValue(v) !== undefined;
  return elementOf(v, keyFromText(sh, resolveName(sh, at.name).name, v, at.subscript)) !== undefined;
}

/** Comparisons that `test` and `[[` share; numbers were parsed by the caller. */
export function compareNumbers(operator: string, a: bigint, b: bigint): boolean {
  switch (operator) {
    case "-eq": return a === b;
    case "-ne": return a !== b;
    case "-lt": return a < b;
    case "-le": return a <= b;
    case "-gt": return a > b;
    default: return a >= b;
  }
}

export function compareStringsOrFiles(sh: Shell, operator: string, a: string, b: string): boolean {
  switch (operator) {
    case "=": case "==": return a === b;
    case "!=": return a !== b;
    case "<": return compareNames(a, b) < 0;
    case ">": return compareNames(a, b) > 0;
    default: return compareFiles(sh, operator, a, b);
  }
}

function compareFiles(sh: Shell, operator: string, a: string, b: string): boolean {
  const [x, y] = [sh.sys.stat(a), sh.sys.stat(b)];
  const [hasX, hasY] = [typeof x !== "string", typeof y !== "string"];
  if (operator === "-ef") return typeof x !== "string" && typeof y !== "string" && x.ino === y.ino;
  if (operator === "-nt") return hasX && (!hasY || (typeof x !== "string" && typeof y !== "string" && x.mtimeSec > y.mtimeSec));
  return hasY && (!hasX || (typeof x !== "string" && typeof y !== "string" && x.mtimeSec < y.mtimeSec));
}

/** An operand of `test -eq`: a plain decimal number. */
export function testInteger(who: string, text: string): bigint {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new Complaint(`${who}: ${text}: integer expression expected`, "fail", 2);
  return BigInt(text.trim().replace(/^\+/, ""));
}
