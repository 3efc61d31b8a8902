import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import { Out } from "../lib/out.ts";
import { curlStrerror, exitStatus, type CurlCode } from "./codes.ts";
import type { GlobalConfig, OperationConfig, UrlNode } from "./config.ts";
import { CookieJar, cookieFileText, readCookieFile } from "./cookies.ts";
import { Easy } from "./easy.ts";
import { formBody, newBoundary } from "./form.ts";
import { globFileName, globUrls, parseGlob, type GlobMatch } from "./glob.ts";
import { Output } from "./output.ts";
import { readDataFile } from "./post-data.ts";
import { ProgressBar } from "./progress-bar.ts";
import { customHeader } from "./request.ts";
import { shouldRetry } from "./retry.ts";
import type { Session } from "./session.ts";
import { bytesSource, openSource, urlWithFile } from "./source.ts";
import { perform } from "./transfer.ts";
import { parseUrl, urlText } from "./url.ts";
import { writeOut } from "./write-out.ts";
import { chooseMethod } from "./apply.ts";

/** One transfer of a command line. */
interface Job {
  readonly config: OperationConfig;
  readonly node: UrlNode;
  readonly match: GlobMatch;
  readonly uploadFile: string | undefined;
}

/** All transfers, one after the other; the status is that of the last, or of the first that ends everything. */
export function* runAll(global: GlobalConfig, session: Session): Task<CurlCode> {
  let code: CurlCode = "OK";
  for (const config of global.operations) {
    if (config.urls[0]?.url === undefined) {
      yield* session.messages.help("no URL specified!");
      return "FAILED_INIT";
    }
    const prepared = yield* prepare(config, session);
    if (prepared !== "OK") return prepared;
    for (const node of config.urls) {
      const ended = yield* runNode(global, session, config, node);
      if (ended.code !== undefined) code = ended.code;
      if (ended.stop) return code;
    }
    yield* writeJar(config, session);
  }
  return code;
}

/** What is the same for all URLs of an operation. */
function* prepare(config: OperationConfig, session: Session): Task<CurlCode> {
  if (config.postData !== undefined && config.useGet) {
    config.query = config.postData;
    config.postData = undefined;
    if (yield* chooseMethod({ config, messages: session.messages }, config.noBody ? "HEAD" : "GET")) return "FAILED_INIT";
  } else if (config.postData !== undefined && (yield* chooseMethod({ config, messages: session.messages }, "POST"))) return "FAILED_INIT";
  if (config.json) {
    for (const name of ["Content-Type", "Accept"]) if (customHeader(config.headers, name) === undefined) config.headers.push(`${name}: application/json`);
  }
  if (config.cookieFiles.length > 0 || config.cookieJar !== undefined) yield* loadCookies(config, session);
  return "OK";
}

function* loadCookies(config: OperationConfig, session: Session): Task<void> {
  session.cookies ??= new CookieJar();
  const nowSec = session.sys.wallTime().sec;
  for (const file of config.cookieFiles) {
    const text = file === "" ? null : yield* readDataFile(session.sys, file);
    for (const cookie of readCookieFile(text ?? "", nowSec, !config.junkSessionCookies)) session.cookies.add(cookie, nowSec);
  }
}

function* writeJar(config: OperationConfig, session: Session): Task<void> {
  if (config.cookieJar === undefined || session.cookies === undefined) return;
  const text = cookieFileText(session.cookies, session.sys.wallTime().sec);
  if (config.cookieJar === "-") yield* session.messages.stdout.bytes(text);
  else session.sys.writeFile(asText(config.cookieJar), text);
}

interface Ended {
  readonly code: CurlCode | undefined;
  readonly stop: boolean;
}

function* runNode(global: GlobalConfig, session: Session, config: OperationConfig, node: UrlNode): Task<Ended> {
  if (node.url === undefined) {
    if (!global.warnedMoreOptions) yield* session.messages.warn("Got more output options than URLs");
    global.warnedMoreOptions = true;
    return { code: undefined, stop: false };
  }
  const uploads = yield* expand(global, session, config, node.uploadFile);
  const matches = yield* expand(global, session, config, node.url);
  if (uploads === null || matches === null) return { code: "URL_MALFORMAT", stop: true };
  let code: CurlCode | undefined;
  for (const upload of node.uploadFile === undefined ? [undefined] : uploads) {
    for (const match of matches) {
      code = yield* runJob(global, session, { config, node, match, uploadFile: upload?.url });
      if (isFatal(code) || (code !== "OK" && global.failEarly)) return { code, stop: true };
    }
  }
  return { code, stop: false };
}

const isFatal = (code: CurlCode): boolean => code === "FAILED_INIT";

function* expand(global: GlobalConfig, session: Session, config: OperationConfig, text: string | undefined): Task<readonly GlobMatch[] | null> {
  if (text === undefined || config.globOff) return [{ url: text ?? "", values: [] }];
  const glob = parseGlob(text);
  if ("parts" in glob) return [...globUrls(glob)];
  if (!global.silent || global.showError) yield* session.messages.raw(`curl: (3) ${glob.error} in URL position ${glob.at}:\n${text}\n${" ".repeat(Math.max(1, glob.at - 1))}^\n`);
  return null;
}

function* runJob(global: GlobalConfig, session: Session, job: Job): Task<CurlCode> {
  const { config } = job;
  if (job.uploadFile !== undefined && (yield* chooseMethod({ config, messages: session.messages }, "PUT"))) return "FAILED_INIT";
  const output = new Output(config, global, session.messages);
  const named = yield* nameOutput(global, session, job, output);
  if (named !== "OK") return named;
  const url = yield* effectiveUrl(session, job);
  if (typeof url !== "string") return url.failed;
  const easy = new Easy(session, config, url, config.method ?? "GET", output);
  const prepared = yield* attachBody(easy, job);
  if (prepared !== "OK") return yield* report(global, session, easy, output, job, prepared);
  setMeter(global, easy, output);
  return yield* attempts(global, session, easy, output, job);
}

/** Tries, and tries again as --retry says. */
function* attempts(global: GlobalConfig, session: Session, first: Easy, output: Output, job: Job): Task<CurlCode> {
  const { config } = job;
  const startNs = session.sys.nowNs;
  let left = config.retries;
  let sleepMs = config.retryDelaySec > 0 ? config.retryDelaySec * 1000 : 1000;
  for (let easy = first; ; ) {
    const code = yield* perform(easy);
    const again = left > 0 && (config.retryMaxSec === 0 || session.sys.nowNs - startNs < config.retryMaxSec * 1e9) ? shouldRetry(easy, code) : undefined;
    if (again === undefined) return yield* report(global, session, easy, output, job, code);
    yield* tellError(global, session, easy, config, code);
    const waitMs = again.is === "http" && easy.info.retryAfterSec > 0 ? easy.info.retryAfterSec * 1000 : sleepMs;
    if (again.is === "http" && easy.info.retryAfterSec > 0 && config.retryMaxSec > 0 && (session.sys.nowNs - startNs) / 1e9 + easy.info.retryAfterSec > config.retryMaxSec) {
      yield* session.messages.warn("The Retry-After: time would make this command line exceed the maximum allowed time for retries.");
      return yield* report(global, session, easy, output, job, code, true);
    }
    yield* session.messages.warn(`Problem ${again.words}. Will retry in ${Math.trunc(waitMs / 1000)} seconds. ${left} retries left.`);
    left--;
    if (config.retryDelaySec === 0) sleepMs = Math.min(sleepMs * 2, 600_000);
    yield* output.truncate();
    yield* session.sys.sleep(waitMs * 1_000_000);
    easy.source?.rewind();
    const next = new Easy(session, config, first.info.effectiveUrl === "" ? easy.url : first.url, config.method ?? "GET", output);
    next.source = easy.source;
    next.formBoundary = easy.formBoundary;
    next.progress.headerShown = easy.progress.headerShown;
    setMeter(global, next, output);
    easy = next;
  }
}

/** Where the output goes: -o, -O, -J, --output-dir; files that are resumed are opened now. */
function* nameOutput(global: GlobalConfig, session: Session, job: Job, output: Output): Task<CurlCode> {
  const { config, node, match } = job;
  const { messages, sys } = session;
  if (config.headerFile !== undefined) yield* openHeaderFile(session, config, output);
  config.binaryToTerminal = node.outFile === "-";
  if (!node.useRemoteName && (node.outFile === undefined || node.outFile === "-")) return "OK";
  let name = node.outFile;
  if (name === undefined) {
    const url = parseUrl(match.url);
    if (typeof url === "string") {
      yield* messages.error("Failed to extract a sensible file name from the URL to use for storage!");
      return "URL_MALFORMAT";
    }
    name = url.path.slice(url.path.lastIndexOf("/") + 1);
    if (name === "" && !config.contentDisposition) {
      yield* messages.error("Remote file name has no length!");
      if (!global.silent || global.showError) yield* messages.raw(`curl: (23) ${curlStrerror("WRITE_ERROR")}\n`);
      return "WRITE_ERROR";
    }
  } else if (!config.globOff) name = globFileName(name, match.values);
  if (config.outputDir !== undefined && config.outputDir !== "") name = `${config.outputDir}/${name}`;
  if (config.createDirs && !(yield* makeDirs(session, name))) return "WRITE_ERROR";
  if (config.contentDisposition && node.useRemoteName) output.takesName = true;
  output.fileName = name;
  if (config.resumeCurrent) {
    const stat = sys.stat(asText(name));
    config.resumeFrom = isErrno(stat) ? 0 : stat.size;
  }
  if (config.resumeFrom === 0) return "OK";
  output.init = config.resumeFrom;
  return (yield* output.resume(name)) ? "OK" : "WRITE_ERROR";
}

function* openHeaderFile(session: Session, config: OperationConfig, output: Output): Task<void> {
  if (config.headerFile === "-") {
    output.headerOut = session.messages.stdout;
    return;
  }
  const isFirst = !session.headerFiles.has(config);
  session.headerFiles.add(config);
  const fd = session.sys.open(asText(config.headerFile!), { write: true, create: true, ...(isFirst ? { truncate: true } : { append: true }) }, 0o666);
  if (isErrno(fd)) yield* session.messages.warn(`Failed to open ${config.headerFile}`);
  else output.headerOut = new Out(session.sys, fd, "full");
}

function* makeDirs(session: Session, path: string): Task<boolean> {
  const parts = asText(path).split("/").slice(0, -1);
  for (let i = 1; i <= parts.length; i++) {
    const dir = parts.slice(0, i).join("/");
    const failed = dir === "" ? undefined : session.sys.mkdir(dir, 0o750);
    if (failed === undefined || failed === "EEXIST") continue;
    yield* session.messages.raw(`Error creating directory ${dir}.\n${failed === "EACCES" ? `You don't have permission to create ${dir}.\n` : ""}`);
    return false;
  }
  return true;
}

/** The URL with -G's data or --url-query behind it, or the name of the file that is sent. */
function* effectiveUrl(session: Session, job: Job): Task<string | { failed: CurlCode }> {
  const { config, match, uploadFile } = job;
  let url = match.url;
  if (uploadFile !== undefined && uploadFile !== "-" && uploadFile !== ".") url = urlWithFile(url, uploadFile);
  if (config.query === undefined) return url;
  const parsed = parseUrl(url, { anyScheme: true });
  if (typeof parsed === "string") {
    const code = parsed === "UNSUPPORTED_SCHEME" ? "UNSUPPORTED_PROTOCOL" : "URL_MALFORMAT";
    yield* session.messages.error(`(${exitStatus(code)}) Could not parse the URL, failed to set query`);
    return { failed: code };
  }
  parsed.query = parsed.query === undefined || parsed.query === "" ? config.query : `${parsed.query}&${config.query}`;
  return urlText(parsed);
}

function* attachBody(easy: Easy, job: Job): Task<CurlCode> {
  const { config, messages } = easy;
  if (job.uploadFile !== undefined) {
    const source = openSource(easy.sys, job.uploadFile);
    if (isErrno(source)) {
      yield* messages.help(`Can't open '${job.uploadFile}'!`);
      return "READ_ERROR";
    }
    easy.source = source;
  } else if (config.form.length > 0) {
    if (config.form.some((part) => part.missing === true)) return "READ_ERROR";
    easy.formBoundary = newBoundary(() => easy.sys.random());
    easy.source = bytesSource(formBody(config.form, easy.formBoundary, config.formEscape));
  } else if (config.postData !== undefined) easy.source = bytesSource(config.postData);
  return "OK";
}

function setMeter(global: GlobalConfig, easy: Easy, output: Output): void {
  const quiet = global.silent || global.noProgress || output.onTerminal;
  easy.debug.bodyOnTerminal = output.onTerminal;
  easy.progress.hidden = quiet;
  if (!quiet && global.progressBar) {
    const size = easy.sys.windowSize(0);
    const fromEnv = Number(easy.sys.env.get("COLUMNS") ?? "0");
    easy.progress.bar = new ProgressBar(fromEnv > 20 ? fromEnv : isErrno(size) ? undefined : size.cols, easy.config.resumeFrom);
  }
}

/** Says what went wrong: `curl: (7) Failed to connect …`. */
function* tellError(global: GlobalConfig, session: Session, easy: Easy, config: OperationConfig, code: CurlCode): Task<CurlCode> {
  const loud = !global.silent || global.showError;
  if (code !== "OK" && !config.syntheticError) {
    if (loud) yield* session.messages.raw(`curl: (${exitStatus(code)}) ${easy.errorText || curlStrerror(code)}\n`);
  } else if (config.failWithBody && easy.info.httpCode >= 400) {
    if (loud) yield* session.messages.raw(`curl: (22) The requested URL returned error: ${easy.info.httpCode}\n`);
    return "HTTP_RETURNED_ERROR";
  }
  return code;
}

/** Everything after the last attempt: messages, files, --write-out. */
function* report(global: GlobalConfig, session: Session, easy: Easy, output: Output, job: Job, result: CurlCode, told = false): Task<CurlCode> {
  const { config } = job;
  let code = told ? result : yield* tellError(global, session, easy, config, result);
  config.syntheticError = false;
  if (code === "OK" && output.stream === undefined && output.bytes === 0 && !(yield* output.create())) code = "WRITE_ERROR";
  if (easy.progress.bar?.shown === true) yield* session.messages.raw("\n");
  if (!(yield* output.close()) && code === "OK") {
    code = "WRITE_ERROR";
    if (!global.silent || global.showError) yield* session.messages.raw(`curl: (23) Failed writing body\n`);
  }
  if (code !== "OK" && config.removeOnError && output.created && output.fileName !== undefined) {
    yield* session.messages.note(`Removing output file: ${output.fileName}`);
    session.sys.unlink(asText(output.fileName));
  }
  if (code === "OK" && config.remoteTime && output.fileName !== undefined && easy.info.fileTimeSec >= 0) {
    const failed = session.sys.utimes(asText(output.fileName), easy.info.fileTimeSec);
    if (failed !== undefined) yield* session.messages.warn(`Failed to set filetime ${easy.info.fileTimeSec} on '${output.fileName}': ${strerror(failed)}`);
  }
  if (config.writeOut !== undefined) yield* writeOut(config.writeOut, { easy, output, code, urlNumber: job.node.number, inputUrl: easy.isFollow ? job.match.url : easy.url });
  return code;
}
