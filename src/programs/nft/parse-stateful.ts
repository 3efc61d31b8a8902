import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { stmtExpr } from "./parse-stmt-expr.ts";
import type { Parser } from "./parser.ts";

/** Statements that count: counter, limit, quota, ct count. Also as parts of set elements and as named objects. */

const UNIT_SEC: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };
const DATA_UNIT: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 };
/** Packets that may come at once where no burst is written. */
const DEFAULT_BURST = 5;

export const numberOf = (p: Parser): number => Number(p.expect("number").value);

/** After `counter`. */
export function counterStmt(p: Parser, start: number): Stmt {
  if (p.accept("name")) {
    const expr = stmtExpr(p);
    p.close("counter");
    return { loc: p.from(start), kind: "objref", type: "counter", expr };
  }
  const stmt: StmtOf<"counter"> = { loc: p.from(start), kind: "counter", packets: 0, bytes: 0, given: false };
  for (let arg = p.accept("packets", "bytes"); arg !== null; arg = p.accept("packets", "bytes")) {
    stmt[arg.kind === "packets" ? "packets" : "bytes"] = numberOf(p);
    stmt.given = true;
    stmt.loc = p.from(start);
  }
  p.close("counter");
  return stmt;
}

/** After `counter` in an element: counts in full or not at all. */
export function elemCounter(p: Parser, start: number): Stmt {
  const given = p.at("packets") ? counterConfig(p) : null;
  p.close("counter");
  return { loc: p.from(start), kind: "counter", packets: given?.packets ?? 0, bytes: given?.bytes ?? 0, given: given !== null };
}

/** `packets 1 bytes 2` */
export function counterConfig(p: Parser): { readonly packets: number; readonly bytes: number } {
  p.expect("packets");
  const packets = numberOf(p);
  p.expect("bytes");
  return { packets, bytes: numberOf(p) };
}

/** After `limit`; `named`: `limit name x` is possible too. */
export function limitTail(p: Parser, start: number, named: boolean): Stmt {
  if (named && p.accept("name")) {
    const expr = stmtExpr(p);
    p.close("limit");
    return { loc: p.from(start), kind: "objref", type: "limit", expr };
  }
  if (!p.accept("rate")) p.fail(...(named ? ["name", "rate"] : ["rate"]));
  const config = limitConfig(p);
  p.close("limit");
  return { loc: p.from(start), kind: "limit", ...config };
}

type LimitConfig = Pick<StmtOf<"limit">, "of" | "rate" | "unitSec" | "burst" | "burstGiven" | "over">;

/** After `rate`: `over 5/second burst 10 packets`, `10 kbytes/second`. */
export function limitConfig(p: Parser): LimitConfig {
  const over = p.accept("over", "until")?.kind === "over";
  const start = p.start();
  const amount = numberOf(p);
  if (p.accept("/")) return packetLimit(p, amount, over);
  const rate = byteRate(p, amount, start);
  const burst = p.accept("burst") ? burstBytes(p) : null;
  return { of: "bytes", ...rate, burst: burst ?? 0, burstGiven: burst !== null, over };
}

function packetLimit(p: Parser, rate: number, over: boolean): LimitConfig {
  const unitSec = timeUnit(p);
  const start = p.start();
  if (!p.accept("burst")) return { of: "packets", rate, unitSec, burst: DEFAULT_BURST, burstGiven: false, over };
  const burst = numberOf(p);
  p.expect("packets");
  if (burst === 0) p.error("packet limit burst must be > 0", p.from(start));
  return { of: "packets", rate, unitSec, burst, burstGiven: true, over };
}

function timeUnit(p: Parser): number {
  const word = p.accept("second", "minute", "hour", "day", "week") ?? p.fail();
  return UNIT_SEC[word.kind] ?? 1;
}

/** `kbytes/second` in one word, or `bytes / second` in three. */
function byteRate(p: Parser, amount: number, start: number): { readonly rate: number; readonly unitSec: number } {
  const unit = p.accept("string", "bytes") ?? p.fail("/", "string", "bytes");
  const [data = "", time] = unit.text.split("/");
  if (time === undefined && unit.kind === "string" && !p.at("/")) p.error("wrong rate format", p.from(start));
  const factor = DATA_UNIT[data] ?? p.error("Wrong rate format", p.from(start));
  if (time === undefined) {
    p.expect("/");
    return { rate: amount * factor, unitSec: timeUnit(p) };
  }
  return { rate: amount * factor, unitSec: UNIT_SEC[time] ?? p.error("Wrong rate format", p.from(start)) };
}

function burstBytes(p: Parser): number {
  const start = p.start();
  const amount = numberOf(p);
  return dataUnit(p, amount, start);
}

/** `kbytes` after a number: how many bytes that is. Errors point from `start` on. */
function dataUnit(p: Parser, amount: number, start: number): number {
  const unit = dataUnitWord(p);
  return amount * unitBytes(p, unit, start);
}

const dataUnitWord = (p: Parser): string => p.expect("string", "bytes").text;
const unitBytes = (p: Parser, unit: string, start: number): number => DATA_UNIT[unit] ?? p.error("Wrong rate format", p.from(start));

/** After `quota`. */
export function quotaStmt(p: Parser, start: number): Stmt {
  if (p.accept("name")) {
    const expr = stmtExpr(p);
    p.close("quota");
    return { loc: p.from(start), kind: "objref", type: "quota", expr };
  }
  const config = quotaConfig(p, start);
  p.close("quota");
  return { loc: p.from(start), kind: "quota", ...config };
}

/** `over 5 mbytes used 3 kbytes` */
export function quotaConfig(p: Parser, start: number): { readonly bytes: number; readonly used: number; readonly over: boolean } {
  const over = p.accept("over", "until")?.kind === "over";
  const amount = numberOf(p);
  const unit = dataUnitWord(p);
  const usedStart = p.start();
  const used = p.accept("used") ? dataUnit(p, numberOf(p), usedStart) : 0;
  return { bytes: amount * unitBytes(p, unit, start), used, over };
}

/** After `ct` where only `count` can follow. */
export function connlimitTail(p: Parser, start: number): Stmt {
  p.expect("count");
  return connlimit(p, start);
}

/** After `ct count`. */
export function connlimit(p: Parser, start: number): Stmt {
  const over = p.accept("over") !== null;
  const count = Number((p.accept("number") ?? (over ? p.fail("number") : p.fail("number", "over"))).value);
  p.close("ct");
  return { loc: p.from(start), kind: "connlimit", count, over };
}

/** Keywords that begin such a statement. */
export function statefulStmt(p: Parser): Stmt | null {
  const start = p.start();
  if (p.accept("counter")) return counterStmt(p, start);
  if (p.accept("limit")) return limitTail(p, start, true);
  if (p.accept("quota")) return quotaStmt(p, start);
  return p.accept("ct") ? connlimitTail(p, start) : null;
}
