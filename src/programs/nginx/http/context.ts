import type { Level } from "../conf/model.ts";
import type { Script } from "../conf/script.ts";
import { fillScript } from "../conf/script.ts";
import { dotted } from "../conf/network.ts";
import type { Worker } from "../worker.ts";
import { readVariable } from "../variables.ts";
import type { Request } from "./request.ts";

/** A request and the worker that serves it: what every step gets. */
export interface Context {
  readonly w: Worker;
  readonly r: Request;
}

/** A script's text for this request. */
export const evaluate = (cx: Context, script: Script): string =>
  fillScript(script, (name) => readVariable(cx, name) ?? "", (n) => cx.r.captures[n] ?? "");

/** A line of the error log with what it was doing and for whom (ngx_http_log_error_handler). */
export function logError({ w, r }: Context, level: Level, text: string, upstream?: string): void {
  const host = r.field("host");
  const request = r.requestLine === "" ? "" : `, request: "${r.requestLine}"`;
  const doing = `, client: ${dotted(r.conn.peer.addr)}, server: ${r.srv.serverName}${request}`;
  const where = upstream === undefined ? "" : `, upstream: "${upstream}"`;
  const referer = r.field("referer");
  const line = `${text}${doing}${where}${host === undefined ? "" : `, host: "${host}"`}${referer === undefined ? "" : `, referrer: "${referer}"`}`;
  w.logger.log(level, line, r.connection, r.loc.v.errorLogs);
}
