/** Which full names a short one is tried as, and what all the answers together mean: res_search(3) of the C library. */
import type { Sys, Task } from "../../../os/sys.ts";
import { RCODE_NXDOMAIN, type DnsMessage } from "../../../wire/dns.ts";
import { nameToWire } from "../../../wire/dns-name.ts";
import type { ResolvConf } from "./conf.ts";
import { makeQuery, resSend, type SendFailure } from "./send.ts";

/** h_errno. */
export type HostError = "HOST_NOT_FOUND" | "TRY_AGAIN" | "NO_RECOVERY" | "NO_DATA";
export interface DnsAnswers {
  readonly is: "answers";
  /** The name that was answered. */
  readonly name: string;
  readonly messages: readonly DnsMessage[];
}
export interface DnsFailure {
  readonly is: "failed";
  readonly error: HostError;
  /** Nothing listened at all, or a server failed: the search list goes on only in the second case. */
  readonly why?: SendFailure;
}

/** res_query: one full name, its types at once. */
export function* resQuery(sys: Sys, conf: ResolvConf, name: string, types: readonly number[]): Task<DnsAnswers | DnsFailure> {
  if (typeof nameToWire(name) === "string") return { is: "failed", error: "NO_RECOVERY" };
  const absolute = name.endsWith(".") ? name : `${name}.`;
  const queries = types.map((type) => makeQuery(sys, conf, absolute, type)).filter((q) => q !== null);
  const got = yield* resSend(sys, conf, queries);
  if (typeof got === "string") return { is: "failed", error: "TRY_AGAIN", why: got };
  const messages = got.filter((m) => m !== undefined);
  if (messages.some((m) => (m.flags & 15) === 0 && m.answers.length > 0)) return { is: "answers", name: absolute, messages };
  const code = messages.map((m) => m.flags & 15).find((c) => c !== 0) ?? 0;
  return { is: "failed", error: code === 0 ? "NO_DATA" : code === RCODE_NXDOMAIN ? "HOST_NOT_FOUND" : code === 2 ? "TRY_AGAIN" : "NO_RECOVERY" };
}

/** res_search: as it stands when it has `ndots` dots, then under each domain of the search list, then as it stands if it was not tried. */
export function* resSearch(sys: Sys, conf: ResolvConf, name: string, types: readonly number[]): Task<DnsAnswers | DnsFailure> {
  const dots = name.split(".").length - 1;
  const trailing = name.endsWith(".");
  let saved: DnsFailure | null = null;
  if (dots >= conf.ndots || trailing) {
    const got = yield* resQuery(sys, conf, name, types);
    if (got.is === "answers" || trailing) return got;
    saved = got;
  }
  const listed = yield* searchList(sys, conf, name, types);
  if (listed.is === "answers" || listed.final) return listed.is === "answers" ? listed : listed.last;
  let last = listed.last;
  if (saved === null && !conf.search.includes("")) {
    const got = yield* resQuery(sys, conf, name, types);
    if (got.is === "answers") return got;
    last = got;
  }
  if (saved !== null) return saved;
  if (listed.noData) return { is: "failed", error: "NO_DATA" };
  return listed.serverFailed ? { is: "failed", error: "TRY_AGAIN" } : last;
}

interface NotListed {
  readonly is: "none";
  /** What the last one said. */
  readonly last: DnsFailure;
  readonly noData: boolean;
  readonly serverFailed: boolean;
  /** No server listens: there is no use in asking on. */
  readonly final: boolean;
}

function* searchList(sys: Sys, conf: ResolvConf, name: string, types: readonly number[]): Task<DnsAnswers | NotListed> {
  const none = { is: "none", last: { is: "failed", error: "HOST_NOT_FOUND" } as DnsFailure, noData: false, serverFailed: false, final: false };
  for (const domain of conf.search) {
    const got = yield* resQuery(sys, conf, domain === "" ? `${name}.` : `${name}.${domain}`, types);
    if (got.is === "answers") return got;
    none.last = got;
    if (got.why === "refused") return { ...none, is: "none", final: true };
    if (got.error === "NO_DATA") none.noData = true;
    else if (got.why === "servfail") none.serverFailed = true;
    else if (got.error !== "HOST_NOT_FOUND") break;
  }
  return { ...none, is: "none" };
}
