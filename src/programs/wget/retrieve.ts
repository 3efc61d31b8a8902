import { isErrno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { matchesNoProxy } from "../curl/proxy.ts";
import { parseUrl, resolveUrl, type CurlUrl } from "../curl/url.ts";
import { argBytes, asText } from "../lib/bytes.ts";
import type { Network } from "./connection.ts";
import { Exchange, newDocument, shownUrl, type Document, type Outcome } from "./exchange.ts";
import { exists, fileNameOf } from "./files.ts";
import { escaped, type Log } from "./log.ts";
import type { WgetOptions } from "./options.ts";
import type { OutputStream } from "./output.ts";
import { rateText } from "./rates.ts";

/** What became of one URL. */
export type Result = "RETROK" | "WRONGCODE" | "TRYLIMEXC" | "PROXERR" | "URLERROR" | Outcome;

/** What all URLs of one run share. */
export interface Run {
  readonly log: Log;
  readonly network: Network;
  readonly options: WgetOptions;
  readonly output: OutputStream | undefined;
  readonly askedHosts: Set<string>;
  /** Nothing was fetched yet: no --wait before it. */
  first: boolean;
  files: number;
  bytes: number;
  seconds: number;
}

/** CPU time of setting a request up. */
const SETUP_NS = 500_000;

/** Fetches a URL and what it redirects to (retrieve_url() of retr.c). */
export function* retrieve(run: Run, original: CurlUrl): Task<Result> {
  const { log, options } = run;
  let url = original;
  let withoutBody = false;
  for (let redirects = 0; ; ) {
    const proxy = yield* proxyFor(run, url);
    if (proxy === "PROXERR") return proxy;
    if (url.scheme !== "http") {
      yield* log.put("always", `wget: ${url.scheme === "https" ? "TLS" : url.scheme}: not simulated here\n`);
      return "NOTSIMULATED";
    }
    yield* log.sys.compute(SETUP_NS);
    const fetched = yield* new Loop(run, url, original, proxy, withoutBody).run();
    if (fetched.result !== "NEWLOCATION" && fetched.result !== "NEWLOCATION_KEEP_POST") return fetched.result;
    const next = resolveUrl(url, encodeUnsafe(fetched.location ?? ""), { encode: true, anyScheme: false, allowSpace: true });
    if (typeof next === "string") {
      yield* log.put("not-quiet", `${escaped(fetched.location ?? "")}: ${urlTrouble(next, fetched.location ?? "", log)}.\n`);
      return "URLERROR";
    }
    if (++redirects > options.maxRedirect) {
      yield* log.put("not-quiet", `${options.maxRedirect} redirections exceeded.\n`);
      return "WRONGCODE";
    }
    url = next;
    if (fetched.result === "NEWLOCATION") withoutBody = true;
  }
}

/** Bytes that may not stand in a URL become %XX. */
export const encodeUnsafe = (text: string): string => text.replace(/[\x00-\x20"<>\\^`{|}\x7f-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

/** What is wrong with a URL, in wget's words. */
export function urlTrouble(error: string, text: string, log: Log): string {
  if (error === "UNSUPPORTED_SCHEME") return `Unsupported scheme ${log.quote(text.replace(/:.*$/s, ""))}`;
  if (error === "BAD_PORT") return "Bad port number";
  if (error === "BAD_IPV6") return text.includes("]") ? "Invalid IPv6 numeric address" : "Unterminated IPv6 numeric address";
  return error === "BAD_SCHEME" ? "Scheme missing" : "Invalid host name";
}

function* proxyFor(run: Run, url: CurlUrl): Task<CurlUrl | undefined | "PROXERR"> {
  const { sys } = run.log;
  const exempt = argBytes(sys.env.get("no_proxy") ?? "");
  const text = argBytes(sys.env.get(`${url.scheme}_proxy`) ?? "");
  if (!run.options.useProxy || text === "" || (exempt !== "" && exempt !== "*" && matchesNoProxy(url.host, exempt))) return undefined;
  const proxy = parseUrl(text);
  if (typeof proxy === "string") {
    yield* run.log.put("not-quiet", `Error parsing proxy URL ${text}: ${urlTrouble(proxy, text, run.log)}.\n`);
    return "PROXERR";
  }
  if (proxy.scheme === "http") return proxy;
  yield* run.log.put("not-quiet", `Error in proxy URL ${text}: Must be HTTP.\n`);
  return "PROXERR";
}

const RETRIED: readonly Outcome[] = ["HERR", "HEOF", "CONERROR", "WRITEFAILED", "RANGEERR", "GATEWAYTIMEOUT"];

/** The tries for one URL (http_loop() of http.c). */
class Loop {
  readonly #run: Run;
  readonly #url: CurlUrl;
  readonly #original: CurlUrl;
  readonly #proxy: CurlUrl | undefined;
  readonly #withoutBody: boolean;
  readonly #document: Document = newDocument();
  #count = 0;
  #gotHead = false;

  constructor(run: Run, url: CurlUrl, original: CurlUrl, proxy: CurlUrl | undefined, withoutBody: boolean) {
    this.#run = run;
    this.#url = url;
    this.#original = original;
    this.#proxy = proxy;
    this.#withoutBody = withoutBody;
  }

  *run(): Task<{ result: Result; location?: string }> {
    const { options, log } = this.#run;
    const document = this.#document;
    if (options.outputDocument !== undefined) document.localFile = options.outputDocument;
    else if (!options.contentDisposition) document.localFile = fileNameOf(options.trustServerNames ? this.#url : this.#original, options.prefix);
    if (document.localFile !== undefined && options.noClobber && options.outputDocument === undefined && exists(log.sys, document.localFile)) {
      yield* log.put("verbose", `File ${log.quote(document.localFile)} already there; not retrieving.\n\n`);
      return { result: "RETROK" };
    }
    const headFirst = options.spider || (options.contentDisposition && options.continueFrom);
    do {
      this.#count++;
      yield* this.#pause();
      yield* this.#announce();
      this.#chooseStart();
      const outcome = yield* new Exchange({
        ...this.#run, url: this.#url, original: this.#original, proxy: this.#proxy, document, headOnly: headFirst && !this.#gotHead, noCache: (this.#proxy !== undefined && this.#count > 1) || !options.cache, count: this.#count,
        referer: options.referer, withoutBody: this.#withoutBody,
      }).run();
      const ended = yield* this.#after(outcome, headFirst && !this.#gotHead);
      if (ended !== undefined) return ended === "NEWLOCATION" || ended === "NEWLOCATION_KEEP_POST" ? { result: ended, ...(document.newLocation === undefined ? {} : { location: document.newLocation }) } : { result: ended };
    } while (options.tries === 0 || this.#count < options.tries);
    return { result: "TRYLIMEXC" };
  }

  /** --waitretry grows with each try; --wait is between URLs. */
  *#pause(): Task<void> {
    const { options, log } = this.#run;
    const { first } = this.#run;
    this.#run.first = false;
    if (first) return;
    const retrySec = this.#count > 1 && options.waitRetry > 0 ? Math.min(this.#count - 1, options.waitRetry) : 0;
    const seconds = retrySec > 0 ? retrySec : options.wait;
    if (seconds > 0) yield* log.sys.sleep(seconds * 1e9);
  }

  *#announce(): Task<void> {
    const { options, log } = this.#run;
    if (options.spider && !this.#gotHead) yield* log.put("verbose", "Spider mode enabled. Check if remote file exists.\n");
    if (!options.verbose) return;
    const tries = this.#count > 1 ? `(try:${String(this.#count).padStart(2)})  ` : "";
    yield* log.put("not-quiet", `--${log.now()}--  ${tries}${shownUrl(this.#url)}\n`);
  }

  /** Where this try begins: --start-pos, the end of the file with -c, or what the last try got. */
  #chooseStart(): void {
    const { options, log } = this.#run;
    const document = this.#document;
    const stat = options.continueFrom && document.localFile !== undefined ? log.sys.stat(asText(document.localFile)) : "ENOENT";
    if (options.startPos >= 0) document.restartAt = options.startPos;
    else if (!isErrno(stat) && stat.kind === "file") document.restartAt = stat.size;
    else if (this.#count > 1) document.restartAt = document.length < document.restartAt ? document.restartAt - document.length : document.length;
    else document.restartAt = 0;
  }

  /** undefined = try again. */
  *#after(outcome: Outcome, headOnly: boolean): Task<Result | undefined> {
    const { options, log } = this.#run;
    if (RETRIED.includes(outcome) || (outcome === "HOSTERR" && options.retryOnHostError)) return yield* this.#tryAgain();
    if (outcome === "AUTHFAILED") {
      yield* log.put("verbose", "\n");
      yield* log.put("not-quiet", "Username/Password Authentication Failed.\n");
    }
    if (outcome === "NEWLOCATION" || outcome === "NEWLOCATION_KEEP_POST") {
      if (this.#document.newLocation !== undefined) return outcome;
      yield* log.put("not-quiet", `ERROR: Redirection (${this.#document.status}) without location.\n`);
      return "WRONGCODE";
    }
    if (outcome === "RETRUNNEEDED") return "RETROK";
    if (outcome !== "RETRFINISHED") return outcome;
    if (!this.#document.ok) return yield* this.#refused(headOnly);
    if (options.spider) return yield* this.#spiderFound();
    if (headOnly) {
      this.#gotHead = true;
      this.#count = 0;
      return undefined;
    }
    return yield* this.#saved();
  }

  *#tryAgain(): Task<undefined> {
    yield* this.#run.log.put("verbose", this.#count === this.#run.options.tries ? "Giving up.\n\n" : "Retrying.\n\n");
    return undefined;
  }

  *#refused(headOnly: boolean): Task<Result | undefined> {
    const { options, log } = this.#run;
    const { status, error } = this.#document;
    if (!options.verbose) yield* log.put("non-verbose", `${shownUrl(this.#url)}:\n`);
    if (headOnly && (status === 500 || status === 501)) {
      this.#gotHead = true;
      return undefined;
    }
    if (options.spider) yield* log.put("not-quiet", "Remote file does not exist -- broken link!!!\n");
    else if (options.retryOnHttpError.includes(String(status))) return yield* this.#tryAgain();
    else yield* log.put("not-quiet", `${log.now()} ERROR ${status}: ${escaped(error)}.\n`);
    yield* log.put("verbose", "\n");
    return "WRONGCODE";
  }

  *#spiderFound(): Task<Result> {
    const { log } = this.#run;
    const { html, status, message } = this.#document;
    yield* log.put("verbose", html ? "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n" : "Remote file exists.\n\n");
    yield* log.put("non-verbose", `${log.now()} URL: ${shownUrl(this.#url)} ${String(status).padStart(2)} ${escaped(message)}\n`);
    return "RETROK";
  }

  /** The body was read, all of it or not. */
  *#saved(): Task<Result | undefined> {
    const { log, options } = this.#run;
    const d = this.#document;
    const rate = rateText(d.readBytes, d.seconds);
    const whole = d.length === d.contentLength;
    this.#run.seconds += d.seconds;
    if (options.useServerTimestamps && d.remoteTimeSec !== undefined && (whole || (d.result === 0 && d.contentLength === -1)) && d.localFile !== undefined && d.localFile !== "-") log.sys.utimes(asText(d.localFile), d.remoteTimeSec);
    if (whole || (d.result === 0 && d.contentLength === -1)) {
      const of = whole ? `${d.length}/${d.contentLength}` : `${d.length}`;
      yield* log.put("verbose", `${log.now()} (${rate}) - ${options.outputDocument === "-" ? "written to stdout" : `${log.quote(d.localFile ?? "")} saved`} [${of}]\n\n`);
      yield* log.put("non-verbose", `${log.now()} URL:${shownUrl(this.#url)} [${of}] -> "${d.localFile}" [${this.#count}]\n`);
      this.#run.files++;
      this.#run.bytes += d.readBytes;
      if (options.deleteAfter && d.localFile !== undefined) {
        yield* log.put("verbose", `Removing ${d.localFile}.\n`);
        log.sys.unlink(asText(d.localFile));
      }
      return "RETROK";
    }
    if (d.result === 0) {
      if (d.length >= d.contentLength) return "RETROK";
      yield* log.put("verbose", `${log.now()} (${rate}) - Connection closed at byte ${d.length}. `);
    } else yield* log.put("verbose", `${log.now()} (${rate}) - Read error at byte ${d.length}${d.contentLength === -1 ? "" : `/${d.contentLength}`} (${d.readError || "Success"}).${d.contentLength === -1 ? "" : " "}`);
    return yield* this.#tryAgain();
  }
}
