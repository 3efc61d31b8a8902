import type { Task } from "../../os/sys.ts";
import type { CurlCode } from "./codes.ts";
import type { Easy } from "./easy.ts";
import { portOf, resolveUrl, URL_ERRORS, urlText, type CurlUrl, type UrlError } from "./url.ts";

/** Where `target` leads from the URL of this request. */
function resolved(easy: Easy, target: string): CurlUrl | UrlError {
  return resolveUrl(easy.parsed!, target, { encode: true, allowSpace: true, anyScheme: false, pathAsIs: easy.config.pathAsIs });
}

/** A Location that is not followed is remembered for %{redirect_url}. */
export function followFake(easy: Easy, target: string): void {
  const url = resolveUrl(easy.parsed!, target, { anyScheme: true, allowSpace: true, pathAsIs: easy.config.pathAsIs });
  easy.info.redirectUrl = typeof url === "string" ? target : urlText(url);
}

/** Prepares the request that a redirect asks for. */
export function* follow(easy: Easy, target: string, status: number): Task<CurlCode> {
  const { config, info } = easy;
  if (config.maxRedirs !== -1 && info.redirects >= config.maxRedirs) {
    followFake(easy, target);
    return yield* easy.fail("TOO_MANY_REDIRECTS", `Maximum (${config.maxRedirs}) redirects followed`);
  }
  info.redirects++;
  if (config.autoReferer) easy.referer = urlText(easy.parsed!, false, false);
  const url = resolved(easy, target);
  if (typeof url === "string") {
    const code = url === "UNSUPPORTED_SCHEME" ? "UNSUPPORTED_PROTOCOL" : "URL_MALFORMAT";
    return yield* easy.fail(code, `The redirect target URL could not be parsed: ${URL_ERRORS[url]}`);
  }
  if (!config.unrestrictedAuth) yield* clearAuth(easy, url);
  easy.url = info.effectiveUrl = urlText(url);
  easy.isFollow = true;
  yield* easy.tell(`Issue another request to this URL: '${easy.url}'`);
  yield* switchMethod(easy, status);
  if (easy.source !== undefined && easy.method !== "GET" && !easy.source.rewind()) return yield* easy.fail("SEND_FAIL_REWIND", "necessary data rewind wasn't possible");
  info.redirectUs = easy.nowUs - easy.progress.startUs;
  easy.progress.resetSizes();
  return "OK";
}

/** Another port or scheme gets no credentials. */
function* clearAuth(easy: Easy, url: CurlUrl): Task<void> {
  const [from, to] = [portOf(easy.parsed!), portOf(url)];
  if (from !== to) yield* easy.tell(`Clear auth, redirects to port from ${from} to ${to}`);
  else if (easy.parsed!.scheme !== url.scheme) yield* easy.tell(`Clear auth, redirects scheme from ${easy.parsed!.scheme.toUpperCase()} to ${url.scheme}`);
  else return;
  easy.user = easy.password = undefined;
}

/** 301 and 302 make a GET of a POST, 303 of everything; --post301 and its sisters keep it. */
function* switchMethod(easy: Easy, status: number): Task<void> {
  const { config } = easy;
  const isPost = easy.method === "POST" || easy.method === "FORM";
  if (isPost && ((status === 301 && !config.post301) || (status === 302 && !config.post302))) yield* easy.tell("Switch from POST to GET");
  else if (status === 303 && easy.method !== "GET" && !(isPost && config.post303)) yield* easy.tell(`Switch to ${config.noBody ? "HEAD" : "GET"}`);
  else return;
  easy.method = "GET";
  easy.source = undefined;
}

