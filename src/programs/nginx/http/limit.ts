import type { LimitReq } from "../conf/model.ts";
import { sleepUntil, type Co } from "../../lib/event-loop.ts";
import { evaluate, logError, type Context } from "./context.ts";
import type { Outcome } from "./request.ts";

/** limit_req (a leaky bucket counted in thousandths of requests) and limit_conn. */

const LONGEST_KEY = 65_535;
const REFUSED_LEVELS = { info: "info", notice: "info", warn: "notice", error: "warn" } as const;

export function* checkLimits(cx: Context): Co<Outcome> {
  const conn = limitConn(cx);
  if (conn !== "declined") return conn;
  return yield* limitReq(cx);
}

function limitConn(cx: Context): Outcome {
  const { r } = cx;
  for (const { zone, connections } of r.v.limitConns) {
    const key = evaluate(cx, zone.key);
    if (key === "" || key.length > 255 || r.counted.some(([z]) => z === zone.name)) continue;
    const n = zone.connections.get(key) ?? 0;
    if (n >= connections) {
      r.limitConnStatus = r.v.limitConnDryRun ? "REJECTED_DRY_RUN" : "REJECTED";
      logError(cx, r.v.limitConnLevel, `limiting connections${r.v.limitConnDryRun ? ", dry run," : ""} by zone "${zone.name}"`);
      if (!r.v.limitConnDryRun) return r.v.limitConnStatus;
      continue;
    }
    zone.connections.set(key, n + 1);
    r.counted.push([zone.name, key]);
    r.limitConnStatus ??= "PASSED";
  }
  return "declined";
}

/** The request has ended: it no longer counts. */
export function leaveLimits({ r }: Context): void {
  for (const [name, key] of r.counted.splice(0)) {
    const zone = r.http.zones.get(name);
    const n = (zone?.connections.get(key) ?? 1) - 1;
    if (n > 0) zone?.connections.set(key, n);
    else zone?.connections.delete(key);
  }
}

function* limitReq(cx: Context): Co<Outcome> {
  const { r } = cx;
  if (r.limitReqDone || r.v.limitReqs.length === 0) return "declined";
  const nowMs = Math.floor(cx.w.sys.nowNs / 1e6);
  const looked = r.v.limitReqs.flatMap((limit) => lookUp(cx, limit, nowMs));
  if (looked.length === 0) return "declined";
  r.limitReqDone = true;
  const over = looked.find((l) => l.excess > l.limit.burst);
  if (over !== undefined) return refuse(cx, over);
  for (const { limit, key, excess } of looked) limit.zone.nodes.set(key, { excess, lastMs: nowMs, count: 0 });
  return yield* delay(cx, looked);
}

interface Looked {
  readonly limit: LimitReq;
  readonly key: string;
  readonly excess: number;
}

/** ngx_http_limit_req_lookup: what the bucket would hold with this request in it. */
function lookUp(cx: Context, limit: LimitReq, nowMs: number): Looked[] {
  const key = evaluate(cx, limit.zone.key);
  if (key === "") return [];
  if (key.length > LONGEST_KEY) return [];
  const node = limit.zone.nodes.get(key);
  if (node === undefined) return [{ limit, key, excess: 0 }];
  let ms = nowMs - node.lastMs;
  if (ms < -60_000) ms = 1;
  else if (ms < 0) ms = 0;
  const excess = Math.max(0, node.excess - Math.floor((limit.zone.rate * ms) / 1000) + 1000);
  return [{ limit, key, excess }];
}

const thousandths = (n: number): string => `${Math.floor(n / 1000)}.${String(n % 1000).padStart(3, "0")}`;

function refuse(cx: Context, { limit, excess }: Looked): Outcome {
  const { r } = cx;
  const dry = r.v.limitReqDryRun;
  logError(cx, r.v.limitReqLevel, `limiting requests${dry ? ", dry run" : ""}, excess: ${thousandths(excess)} by zone "${limit.zone.name}"`);
  r.limitReqStatus = dry ? "REJECTED_DRY_RUN" : "REJECTED";
  return dry ? "declined" : r.v.limitReqStatus;
}

function* delay(cx: Context, looked: readonly Looked[]): Co<Outcome> {
  const { r } = cx;
  let longest = 0;
  let by: Looked | undefined;
  for (const one of looked) {
    const { limit, excess } = one;
    if (excess <= limit.delay) continue;
    const ms = Math.floor(((excess - limit.delay) * 1000) / limit.zone.rate);
    if (ms > longest) [longest, by] = [ms, one];
  }
  r.limitReqStatus = by === undefined ? "PASSED" : r.v.limitReqDryRun ? "DELAYED_DRY_RUN" : "DELAYED";
  if (by === undefined) return "declined";
  const level = REFUSED_LEVELS[r.v.limitReqLevel as keyof typeof REFUSED_LEVELS];
  logError(cx, level, `delaying request${r.v.limitReqDryRun ? ", dry run" : ""}, excess: ${thousandths(by.excess)}, by zone "${by.limit.zone.name}"`);
  if (!r.v.limitReqDryRun) yield* sleepUntil(cx.w.sys.nowNs + longest * 1e6);
  return "declined";
}
