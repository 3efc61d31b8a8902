import type { CurlCode } from "./codes.ts";
import type { Easy } from "./easy.ts";

/** Why a transfer is tried again, in the words of the warning. */
export interface RetryReason {
  readonly is: "timeout" | "refused" | "http" | "all";
  readonly words: string;
}

const TRANSIENT = [408, 429, 500, 502, 503, 504];

/** --retry, --retry-connrefused, --retry-all-errors. */
export function shouldRetry(easy: Easy, code: CurlCode): RetryReason | undefined {
  const { config, info } = easy;
  if (code === "OPERATION_TIMEDOUT" || code === "COULDNT_RESOLVE_HOST" || code === "COULDNT_RESOLVE_PROXY") return { is: "timeout", words: ": timeout" };
  if (code === "COULDNT_CONNECT" && config.retryConnRefused && info.osError === "ECONNREFUSED") return { is: "refused", words: ": connection refused" };
  if ((code === "OK" || code === "HTTP_RETURNED_ERROR") && TRANSIENT.includes(info.httpCode)) return { is: "http", words: ": HTTP error" };
  const failed = code !== "OK" || (config.failWithBody && info.httpCode >= 400);
  return failed && config.retryAllErrors ? { is: "all", words: "(retrying all errors)" } : undefined;
}
