import type { FormPart } from "./form.ts";

/** One `<url> -o <file> -T <file>` group: options fill the first group that lacks them. */
export interface UrlNode {
  url?: string;
  outFile?: string;
  useRemoteName: boolean;
  hasOut: boolean;
  uploadFile?: string;
  hasUpload: boolean;
  /** Place on the whole command line, %{urlnum}. */
  readonly number: number;
}

export type Method = "GET" | "HEAD" | "POST" | "FORM" | "PUT";

/** What one command line (up to `--next`) asks for; byte strings. Times in ms where named. */
export class OperationConfig {
  readonly urls: UrlNode[] = [];
  remoteNameAll = false;
  method: Method | undefined;
  customRequest: string | undefined;
  requestTarget: string | undefined;
  noBody = false;
  showHeaders = false;
  headerFile: string | undefined;
  followLocation = false;
  unrestrictedAuth = false;
  maxRedirs = 50;
  autoReferer = false;
  referer: string | undefined;
  userAgent: string | undefined;
  readonly headers: string[] = [];
  readonly proxyHeaders: string[] = [];
  /** Bytes of -d and friends. */
  postData: string | undefined;
  json = false;
  useGet = false;
  query: string | undefined;
  readonly form: FormPart[] = [];
  formEscape = false;
  user: string | undefined;
  bearer: string | undefined;
  proxyUser: string | undefined;
  proxy: string | undefined;
  proxy10 = false;
  noProxy: string | undefined;
  readonly cookies: string[] = [];
  readonly cookieFiles: string[] = [];
  cookieJar: string | undefined;
  junkSessionCookies = false;
  fail = false;
  failWithBody = false;
  removeOnError = false;
  maxTimeMs = 0;
  connectTimeoutMs = 0;
  happyEyeballsMs = 200;
  expect100Ms = 1000;
  readonly resolve: string[] = [];
  readonly connectTo: string[] = [];
  iface: string | undefined;
  localPort = 0;
  localPortRange = 1;
  ipVersion: "any" | "4" | "6" = "any";
  httpVersion: "1.0" | "1.1" | "2" | undefined;
  http09 = false;
  tcpNoDelay = true;
  keepAlive = true;
  keepAliveSec = 0;
  noBuffer = false;
  range: string | undefined;
  resumeFrom = 0;
  resumeCurrent = false;
  ignoreContentLength = false;
  raw = false;
  maxFileSize = 0;
  limitRate = 0;
  speedLimit = 0;
  speedTime = 0;
  retries = 0;
  retryDelaySec = 0;
  retryMaxSec = 0;
  retryConnRefused = false;
  retryAllErrors = false;
  writeOut: string | undefined;
  outputDir: string | undefined;
  createDirs = false;
  createFileMode = 0o644;
  clobber: "default" | "always" | "never" = "default";
  contentDisposition = false;
  remoteTime = false;
  globOff = false;
  pathAsIs = false;
  disallowUser = false;
  post301 = false;
  post302 = false;
  post303 = false;
  proto: readonly string[] | undefined;
  protoRedir: readonly string[] | undefined;
  protoDefault: string | undefined;
  unixSocket: { readonly path: string; readonly abstract: boolean } | undefined;
  /** The text was told already: no `curl: (N) …` line. */
  syntheticError = false;
  binaryToTerminal = false;
}

/** Settings of the whole run. */
export class GlobalConfig {
  readonly operations: OperationConfig[] = [new OperationConfig()];
  silent = false;
  showError = false;
  trace: { readonly kind: "plain" | "ascii" | "bin"; readonly file: string } | undefined;
  traceTime = false;
  progressBar = false;
  noProgress = false;
  styledOutput = true;
  failEarly = false;
  helpCategory: string | undefined;
  /** Running number of UrlNodes. */
  nodeCount = 0;
  warnedMoreOptions = false;

  get last(): OperationConfig {
    return this.operations.at(-1)!;
  }
}
