// From the shell: somebody typed wget.
// Next retrieve.ts: a URL and its redirects; exchange.ts: one request and its answer over a TCP connection.
import { isErrno } from "../../net/uapi/errno.ts";
import { STDIN, type Program, type Task } from "../../os/sys.ts";
import { parseUrl, type CurlUrl } from "../curl/url.ts";
import { asText, toByteString } from "../lib/bytes.ts";
import { readAll } from "../lib/input.ts";
import { openIo } from "../lib/tool.ts";
import { Network } from "./connection.ts";
import { Log } from "./log.ts";
import { readCommand } from "./options.ts";
import { openDocument } from "./output.ts";
import { humanReadable, rateText } from "./rates.ts";
import { encodeUnsafe, retrieve, urlTrouble, type Result, type Run } from "./retrieve.ts";

/** Exit statuses, wget(1): the smallest that is not 0 counts. */
const STATUS: Readonly<Partial<Record<Result, number>>> = {
  RETROK: 0, URLERROR: 1, NOTSIMULATED: 2, FOPENERR: 3, FWRITEERR: 3, WRITEFAILED: 3, FILEBADFILE: 3, HOSTERR: 4, CONERROR: 4, CONIMPOSSIBLE: 4, TRYLIMEXC: 4, AUTHFAILED: 6, HERR: 7, HEOF: 7,
};
const SERVER_ERROR = 8;

/** GNU Wget 1.21.3, HTTP over IPv4 without TLS, text for text. */
export const wget: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const quote = (text: string): string => toByteString(utf8Quote(io.quote(""), text));
  const command = readCommand(argv, (text) => asText(quote(text)));
  if (command.is === "stop") {
    yield* io.out.text(command.stdout);
    yield* io.out.flush();
    yield* io.err(command.stderr);
    return command.status;
  }
  const { options } = command;
  const log = new Log(sys, options, quote);
  const failed = log.open();
  if (failed !== undefined) {
    yield* io.err(`${asText(options.logFile!.name)}: ${failed}\n`);
    return 3;
  }
  const output = options.outputDocument === undefined ? undefined : openDocument(sys, options.outputDocument, options.continueFrom);
  if (typeof output === "string") {
    yield* io.err(output);
    return 1;
  }
  const run: Run = { log, options, output, network: new Network(log, options), askedHosts: new Set(), first: true, files: 0, bytes: 0, seconds: 0 };
  const startNs = sys.nowNs;
  let status = 0;
  const fetchAll = function* (urls: readonly string[]): Task<void> {
    for (const text of urls) {
      const code = yield* fetchOne(run, text);
      if (code !== 0 && (status === 0 || code < status)) status = code;
    }
  };
  yield* fetchAll(command.urls);
  yield* fetchAll(yield* readUrls(run));
  run.network.closeAll();
  if ((command.urls.length > 1 || options.inputFile !== undefined) && run.bytes !== 0) yield* total(run, (sys.nowNs - startNs) / 1e9);
  return status;
};

/** The quotes of the locale around a byte string. */
function utf8Quote(empty: string, text: string): Uint8Array {
  const [open = "'", close = "'"] = [...empty];
  const bytes = (s: string): number[] => [...s].flatMap((c) => (c === "‘" ? [0xe2, 0x80, 0x98] : c === "’" ? [0xe2, 0x80, 0x99] : [c.charCodeAt(0)]));
  return Uint8Array.from([...bytes(open), ...Array.from(text, (c) => c.charCodeAt(0)), ...bytes(close)]);
}

function* fetchOne(run: Run, given: string): Task<number> {
  const text = withScheme(given);
  const url = readUrl(text);
  if (typeof url === "string") {
    yield* run.log.put("not-quiet", `${text}: ${urlTrouble(url, text, run.log)}.\n`);
    return 1;
  }
  const result = yield* retrieve(run, url);
  return STATUS[result] ?? SERVER_ERROR;
}

/** `host/path` and `host:port` are HTTP, `host:path` is FTP. */
function withScheme(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const colon = /^([^/:?#]+):(?!\d+(?:[/?#]|$))(.*)$/s.exec(text);
  return colon === null ? `http://${text}` : `ftp://${colon[1]}/${colon[2]}`;
}

function readUrl(text: string): CurlUrl | string {
  const url = parseUrl(encodeUnsafe(text));
  if (typeof url === "string") return url;
  url.fragment = undefined;
  // Short forms of addresses stay names here: the resolver understands them.
  const typed = /^[^:]+:\/\/(?:[^@/?#]*@)?([^:/?#[\]]+)/.exec(text)?.[1];
  url.host = (typed ?? url.host).toLowerCase();
  return ["http", "https", "ftp", "ftps"].includes(url.scheme) ? url : "UNSUPPORTED_SCHEME";
}

/** -i: one URL a line. */
function* readUrls(run: Run): Task<readonly string[]> {
  const name = run.options.inputFile;
  if (name === undefined) return [];
  const { sys } = run.log;
  const bytes = name === "-" ? yield* readAll(sys, STDIN) : sys.readFile(asText(name));
  const text = typeof bytes === "string" && !isErrno(bytes) ? bytes : bytes instanceof Uint8Array ? toByteString(bytes) : null;
  if (text === null) {
    yield* run.log.put("not-quiet", `${name}: No such file or directory\n`);
    return [];
  }
  const urls = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (urls.length === 0) yield* run.log.put("not-quiet", `No URLs found in ${name}.\n`);
  return urls;
}

/** The sum over several URLs. */
function* total(run: Run, wallSec: number): Task<void> {
  const { log } = run;
  yield* log.put("not-quiet", `FINISHED --${log.now()}--\nTotal wall clock time: ${humanTime(wallSec)}\nDownloaded: ${run.files} files, ${humanReadable(run.bytes, 10, 1)} in ${humanTime(run.seconds)} (${rateText(run.bytes, run.seconds)})\n`);
}

/** `1.2s`, `3m 4s`. */
function humanTime(seconds: number): string {
  if (seconds < 60) return `${seconds >= 9.95 ? seconds.toFixed(0) : seconds >= 0.95 ? seconds.toFixed(1) : seconds >= 0.001 ? Number(seconds.toPrecision(1)) : seconds >= 0.0005 ? seconds.toFixed(3) : "0"}s`;
  const whole = Math.round(seconds);
  return whole < 3600 ? `${Math.trunc(whole / 60)}m ${whole % 60}s` : `${Math.trunc(whole / 3600)}h ${Math.trunc(whole / 60) % 60}m ${whole % 60}s`;
}
