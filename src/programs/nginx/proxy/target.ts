import { parseIp4, type Ip4 } from "../../../wire/addr.ts";
import type { ProxyTarget, Upstream } from "../conf/model.ts";
import { newUpstream, parseUrl } from "../conf/upstream.ts";
import { evaluate, logError, type Context } from "../http/context.ts";
import type { Co } from "../../lib/event-loop.ts";
import { resolveAt } from "./resolve.ts";

/** Whom to ask: what proxy_pass names, looked up now when it has variables. A number is the status of a failure. */
export function* findTarget(cx: Context, target: ProxyTarget): Co<(ProxyTarget & { readonly upstream: Upstream }) | number> {
  if (target.upstream !== undefined) return { ...target, upstream: target.upstream };
  if (target.script === undefined) return 500;
  const text = evaluate(cx, target.script);
  if (/^https:\/\//i.test(text)) {
    logError(cx, "error", `"proxy_pass ${text}": not simulated here`);
    return 500;
  }
  if (!/^http:\/\//i.test(text)) {
    logError(cx, "error", `invalid URL prefix in "${text}"`);
    return 500;
  }
  const url = parseUrl(text.slice(7));
  if (typeof url === "string") {
    logError(cx, "error", `${url} in upstream "${text.slice(7)}"`);
    return 500;
  }
  const upstream = yield* groupFor(cx, url.host, url.port);
  if (typeof upstream === "number") return upstream;
  const uri = url.rest === "" ? undefined : url.rest.startsWith("/") ? url.rest : `/${url.rest}`;
  return { ...target, upstream, uri, schema: "http://", hostPort: url.hostPort, hostHeader: url.hostPort.replace(/:80$/, "") };
}

function* groupFor(cx: Context, host: string, port: number): Co<Upstream | number> {
  const named = cx.r.http.upstreams.find((u) => u.host.toLowerCase() === host.toLowerCase() && (u.explicit || u.port === port));
  if (named !== undefined) return named;
  const made = newUpstream(host, port, false, "");
  const number = parseIp4(host);
  const addrs = number !== null ? [number] : yield* lookUp(cx, host);
  if (typeof addrs === "number") return addrs;
  const all = addrs.map((addr) => ({ family: "inet" as const, addr, port: port === 0 ? 80 : port }));
  made.servers.push({ name: host, addrs: all, weight: 1, maxFails: 1, failTimeoutSec: 10, maxConns: 0, backup: false, down: false });
  return made;
}

function* lookUp(cx: Context, host: string): Co<readonly Ip4[] | number> {
  const { resolver, resolverTimeout } = cx.r.v;
  if (resolver === undefined) {
    logError(cx, "error", `no resolver defined to resolve ${host}`);
    return 502;
  }
  const found = yield* resolveAt(cx.w.sys, resolver.servers, host, resolverTimeout);
  if (typeof found !== "string") return found;
  logError(cx, "error", `${host} could not be resolved (${found})`);
  return 502;
}
