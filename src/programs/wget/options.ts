import { argBytes } from "../lib/bytes.ts";
import { parseOptions, type Options, type Spec } from "../lib/options.ts";

/** What wget 1.21 was asked to do. Times in seconds, 0 = no limit; byte strings. */
export interface WgetOptions {
  verbose: boolean;
  quiet: boolean;
  showProgress: boolean;
  progress: "bar" | "bar-forced" | "dot";
  dots: DotStyle;
  serverResponse: boolean;
  spider: boolean;
  outputDocument: string | undefined;
  logFile: { readonly name: string; readonly append: boolean } | undefined;
  prefix: string | undefined;
  noClobber: boolean;
  continueFrom: boolean;
  startPos: number;
  tries: number;
  waitRetry: number;
  wait: number;
  connectTimeout: number;
  dnsTimeout: number;
  readTimeout: number;
  userAgent: string;
  referer: string | undefined;
  readonly headers: string[];
  method: string | undefined;
  bodyData: string | undefined;
  bodyFile: string | undefined;
  user: string | undefined;
  password: string | undefined;
  authNoChallenge: boolean;
  maxRedirect: number;
  keepAlive: boolean;
  cache: boolean;
  useProxy: boolean;
  proxyUser: string | undefined;
  proxyPassword: string | undefined;
  noProxyEnv: boolean;
  retryConnRefused: boolean;
  retryOnHostError: boolean;
  readonly retryOnHttpError: string[];
  ignoreLength: boolean;
  saveHeaders: boolean;
  contentOnError: boolean;
  contentDisposition: boolean;
  useServerTimestamps: boolean;
  trustServerNames: boolean;
  limitRate: number;
  bindAddress: string | undefined;
  inputFile: string | undefined;
  deleteAfter: boolean;
}

export interface DotStyle {
  readonly bytes: number;
  readonly spacing: number;
  readonly inLine: number;
}
export const DOT_STYLES: Readonly<Record<string, DotStyle>> = {
  default: { bytes: 1024, spacing: 10, inLine: 50 }, binary: { bytes: 8192, spacing: 16, inLine: 48 }, mega: { bytes: 65536, spacing: 8, inLine: 48 }, giga: { bytes: 1 << 20, spacing: 8, inLine: 32 },
};

const USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";

const SPEC: Spec = {
  usage: "[OPTION]... [URL]...",
  badStatus: 2,
  hint: () => USAGE,
  takes: `a,append-output= auth-no-challenge bind-address= body-data= body-file= cache no-cache connect-timeout= c,continue content-disposition content-on-error delete-after no-delete-after
    P,directory-prefix= dns-timeout= dot-style= header= http-keep-alive no-http-keep-alive http-passwd= http-password= http-user= ignore-length 4,inet4-only i,input-file= limit-rate= max-redirect=
    method= n,no= no-clobber clobber O,output-document= o,output-file= password= post-data= post-file= progress= show-progress no-show-progress proxy=? no-proxy proxy-passwd= proxy-password= proxy-user= q,quiet
    read-timeout= referer= retry-connrefused retry-on-host-error retry-on-http-error= save-headers S,server-response spider start-pos= T,timeout= t,tries= trust-server-names
    use-server-timestamps no-use-server-timestamps user= U,user-agent= v,verbose no-verbose V,version w,wait= waitretry= no-check-certificate check-certificate dns-cache no-dns-cache no-cookies no-iri iri
    no-hsts hsts no-config no-directories no-host-directories no-parent passive-ftp no-passive-ftp glob no-glob no-netrc no-content-disposition no-content-on-error no-server-response`,
  refuses: `A,accept= accept-regex= E,adjust-extension ask-password b,background K,backup-converted backups=? B,base= ca-certificate= ca-directory= certificate= certificate-type= compression= config= convert-file-only
    k,convert-links cookies crl-file= cut-dirs= d,debug default-page= directories D,domains= dont-remove-listing egd-file= X,exclude-directories= exclude-domains= e,execute= follow-ftp follow-tags=
    x,force-directories F,force-html ftp-password= ftp-user= ftps-clear-data-connection ftps-fallback-to-ftp ftps-implicit ftps-resume-ssl h host-directories hsts-file= html-extension htmlify https-only
    ignore-case ignore-tags= I,include-directories= 6,inet6-only input-metalink= keep-badhash keep-session-cookies l,level= load-cookies= local-encoding= rejected-log= metalink-index= metalink-over-http
    m,mirror netrc p,page-requisites parent pinnedpubkey= prefer-family= preferred-location= preserve-permissions ciphers= private-key= private-key-type= protocol-directories Y,proxy__compat= Q,quota=
    random-file= random-wait r,recursive regex-type= R,reject= reject-regex= L,relative remote-encoding= remove-listing report-speed= restrict-file-names= retr-symlinks save-cookies= secure-protocol= H,span-hosts
    strict-comments N,timestamping if-modified-since no-if-modified-since unlink use-askpass= warc-cdx warc-compression warc-dedup= warc-digests warc-file= warc-header= warc-keep-log warc-max-size= warc-tempdir= xattr`,
};

export type Command =
  | { readonly is: "run"; readonly options: WgetOptions; readonly urls: readonly string[] }
  | { readonly is: "stop"; readonly stdout: string; readonly stderr: string; readonly status: number };

const stop = (stderr: string, status: number, stdout = ""): Command => ({ is: "stop", stdout, stderr, status });

const newOptions = (): WgetOptions => ({
  verbose: true, quiet: false, showProgress: true, progress: "bar", dots: DOT_STYLES["default"]!, serverResponse: false, spider: false, outputDocument: undefined, logFile: undefined, prefix: undefined, noClobber: false,
  continueFrom: false, startPos: -1, tries: 20, waitRetry: 10, wait: 0, connectTimeout: 0, dnsTimeout: 0, readTimeout: 900, userAgent: "Wget/1.21.3", referer: undefined, headers: [], method: undefined, bodyData: undefined,
  bodyFile: undefined, user: undefined, password: undefined, authNoChallenge: false, maxRedirect: 20, keepAlive: true, cache: true, useProxy: true, proxyUser: undefined, proxyPassword: undefined, noProxyEnv: false,
  retryConnRefused: false, retryOnHostError: false, retryOnHttpError: [], ignoreLength: false, saveHeaders: false, contentOnError: false, contentDisposition: false, useServerTimestamps: true, trustServerNames: false, limitRate: 0,
  bindAddress: undefined, inputFile: undefined, deleteAfter: false,
});

export const VERSION_LINE = "GNU Wget 1.21.3 built on linux-gnu.\n";

/** `wget --help` and wrong usage are answered here; `quote` has the locale's quotes. */
export function readCommand(argv: readonly string[], quote: (text: string) => string): Command {
  const parsed = parseOptions(SPEC, argv);
  if (parsed.is === "help") return stop("wget: --help: not simulated here\n", 2);
  if (parsed.is === "bad") return stop(parsed.text, 2);
  if (parsed.has("V")) return stop("", 0, VERSION_LINE);
  const options = newOptions();
  const wrong = applyAll(options, parsed, quote);
  if (wrong !== undefined) return wrong;
  if (options.quiet) options.verbose = false;
  if (!parsed.has("show-progress") && (options.quiet || !options.verbose)) options.showProgress = false;
  const urls = parsed.operands.map(argBytes);
  if (urls.length === 0 && options.inputFile === undefined) return stop(`wget: missing URL\n${USAGE}`, 1);
  return { is: "run", options, urls };
}

function applyAll(o: WgetOptions, parsed: Options, quote: (text: string) => string): Command | undefined {
  for (const { key, value } of parsed.list) {
    const wrong = key === "n" ? applyNo(o, value ?? "") : applyOption(o, key, argBytes(value ?? ""), quote);
    if (wrong !== undefined) return wrong;
  }
  if (o.noClobber && o.continueFrom && o.outputDocument === undefined) return undefined;
  if (o.quiet && parsed.has("v")) return stop("Can't be verbose and quiet at the same time.\nUsage: wget [OPTION]... [URL]...\n", 1);
  if (o.bodyData !== undefined && o.bodyFile !== undefined) return stop("You cannot specify both --body-data and --body-file.\n", 1);
  if ((o.bodyData !== undefined || o.bodyFile !== undefined) && o.method === undefined) return stop("You must specify a method through --method=HTTPMethod to use with --body-data or --body-file.\n", 1);
  return undefined;
}

/** -nc -nv -nd -nH -np. */
function applyNo(o: WgetOptions, letters: string): Command | undefined {
  for (const letter of letters) {
    if (letter === "c") o.noClobber = true;
    else if (letter === "v") o.verbose = false;
    else if (!"dHp".includes(letter)) return stop(`wget: illegal option -- \`-n${letter}'\n${USAGE}`, 1);
  }
  return undefined;
}

const FLAGS: Readonly<Record<string, (o: WgetOptions) => void>> = {
  "auth-no-challenge": (o) => void (o.authNoChallenge = true), cache: (o) => void (o.cache = true), "no-cache": (o) => void (o.cache = false), c: (o) => void (o.continueFrom = true),
  "content-disposition": (o) => void (o.contentDisposition = true), "content-on-error": (o) => void (o.contentOnError = true), "delete-after": (o) => void (o.deleteAfter = true), "http-keep-alive": (o) => void (o.keepAlive = true),
  "no-http-keep-alive": (o) => void (o.keepAlive = false), "ignore-length": (o) => void (o.ignoreLength = true), "no-clobber": (o) => void (o.noClobber = true), clobber: (o) => void (o.noClobber = false),
  "show-progress": (o) => void (o.showProgress = true), "no-show-progress": (o) => void (o.showProgress = false), "no-proxy": (o) => void (o.useProxy = false), q: (o) => void (o.quiet = true),
  "retry-connrefused": (o) => void (o.retryConnRefused = true), "retry-on-host-error": (o) => void (o.retryOnHostError = true), "save-headers": (o) => void (o.saveHeaders = true), S: (o) => void (o.serverResponse = true),
  spider: (o) => void (o.spider = true), "trust-server-names": (o) => void (o.trustServerNames = true), "use-server-timestamps": (o) => void (o.useServerTimestamps = true),
  "no-use-server-timestamps": (o) => void (o.useServerTimestamps = false), v: (o) => void (o.verbose = true), "no-verbose": (o) => void (o.verbose = false),
};
const TEXTS: Readonly<Record<string, (o: WgetOptions, v: string) => void>> = {
  a: (o, v) => void (o.logFile = { name: v, append: true }), o: (o, v) => void (o.logFile = { name: v, append: false }), "bind-address": (o, v) => void (o.bindAddress = v), "body-data": (o, v) => void (o.bodyData = v),
  "body-file": (o, v) => void (o.bodyFile = v), P: (o, v) => void (o.prefix = v.replace(/\/+$/, "") || (v === "" ? undefined : "/")), header: (o, v) => void (v === "" ? o.headers.splice(0) : o.headers.push(v)),
  "http-passwd": (o, v) => void (o.password = v), "http-password": (o, v) => void (o.password = v), password: (o, v) => void (o.password = v), "http-user": (o, v) => void (o.user = v), user: (o, v) => void (o.user = v),
  i: (o, v) => void (o.inputFile = v), method: (o, v) => void (o.method = v.toUpperCase()), O: (o, v) => void (o.outputDocument = v), "post-data": (o, v) => { o.method = "POST"; o.bodyData = v; },
  "post-file": (o, v) => { o.method = "POST"; o.bodyFile = v; }, "proxy-passwd": (o, v) => void (o.proxyPassword = v), "proxy-password": (o, v) => void (o.proxyPassword = v), "proxy-user": (o, v) => void (o.proxyUser = v),
  referer: (o, v) => void (o.referer = v), "retry-on-http-error": (o, v) => void o.retryOnHttpError.push(...v.split(",")), U: (o, v) => void (o.userAgent = v), proxy: (o, v) => void (o.useProxy = !/^(?:off|no|0)$/i.test(v)),
};
const TIMES: Readonly<Record<string, (o: WgetOptions, n: number) => void>> = {
  "connect-timeout": (o, n) => void (o.connectTimeout = n), "dns-timeout": (o, n) => void (o.dnsTimeout = n), "read-timeout": (o, n) => void (o.readTimeout = n), w: (o, n) => void (o.wait = n),
  waitretry: (o, n) => void (o.waitRetry = n), T: (o, n) => void (o.connectTimeout = o.dnsTimeout = o.readTimeout = n),
};
const NUMBERS: Readonly<Record<string, (o: WgetOptions, n: number) => void>> = { "max-redirect": (o, n) => void (o.maxRedirect = n), t: (o, n) => void (o.tries = n) };
const SIZES: Readonly<Record<string, (o: WgetOptions, n: number) => void>> = { "limit-rate": (o, n) => void (o.limitRate = n), "start-pos": (o, n) => void (o.startPos = n) };
const LONG: Readonly<Record<string, string>> = { T: "timeout", w: "wait", t: "tries" };

function applyOption(o: WgetOptions, key: string, value: string, quote: (text: string) => string): Command | undefined {
  const shown = `wget: --${LONG[key] ?? key}`;
  if (FLAGS[key] !== undefined) FLAGS[key](o);
  else if (TEXTS[key] !== undefined) TEXTS[key](o, value);
  else if (TIMES[key] !== undefined) {
    const seconds = timePeriod(value);
    if (seconds === null) return stop(`${shown}: Invalid time period ${quote(value)}\n`, 2);
    TIMES[key](o, seconds);
  } else if (NUMBERS[key] !== undefined) {
    const n = value === "inf" ? 0 : parseInt(/^\d*/.exec(value)![0] || "0", 10);
    NUMBERS[key](o, n);
  } else if (SIZES[key] !== undefined) {
    const n = byteSize(value);
    if (n === null) return stop(`${shown}: Invalid byte value ${quote(value)}\n`, 2);
    SIZES[key](o, n);
  } else if (key === "progress") return progressStyle(o, value, quote);
  else if (key === "dot-style") o.dots = DOT_STYLES[value] ?? o.dots;
  return undefined;
}

function progressStyle(o: WgetOptions, value: string, quote: (text: string) => string): Command | undefined {
  const [style = "", ...params] = value.split(":");
  if (style !== "" && "bar".startsWith(style)) o.progress = params.includes("force") ? "bar-forced" : "bar";
  else if (style !== "" && "dot".startsWith(style)) {
    o.progress = "dot";
    o.dots = DOT_STYLES[params[0] ?? ""] ?? o.dots;
  } else return stop(`wget: --progress: Invalid progress type ${quote(value)}.\n`, 2);
  return undefined;
}

const TIME_UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, or with a unit: `1.5m`. */
function timePeriod(text: string): number | null {
  const found = /^(\d*\.?\d+|\d+\.)([smhdw]?)$/i.exec(text.trim());
  return found === null ? null : Number(found[1]) * TIME_UNITS[found[2]!.toLowerCase()]!;
}

function byteSize(text: string): number | null {
  const found = /^(\d*\.?\d+)([kmgt]?)$/i.exec(text.trim());
  if (found === null) return null;
  const power = found[2] === "" ? 0 : "kmgt".indexOf(found[2]!.toLowerCase()) + 1;
  return Math.trunc(Number(found[1]) * 1024 ** power);
}
