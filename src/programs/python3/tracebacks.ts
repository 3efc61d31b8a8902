import { errnoNumber, strerror, type Errno } from "../../net/uapi/errno.ts";

/** Tracebacks of Python 3.11.2 as Debian has it: files and line numbers of its standard library. */

interface Frame {
  readonly file: string;
  readonly line: number;
  readonly where: string;
  readonly code?: string;
  /** Carets under the part that failed: indent within the code and length. */
  readonly carets?: readonly [from: number, length: number];
}

const LIB = "/usr/lib/python3.11";

function frameText(f: Frame): string {
  const head = `  File "${f.file}", line ${f.line}, in ${f.where}\n`;
  if (f.code === undefined) return head;
  return `${head}    ${f.code}\n${f.carets === undefined ? "" : `    ${" ".repeat(f.carets[0])}${"^".repeat(f.carets[1])}\n`}`;
}

const traceback = (frames: readonly Frame[], error: string): string => `Traceback (most recent call last):\n${frames.map(frameText).join("")}${error}\n`;

const RUNPY: readonly Frame[] = [{ file: "<frozen runpy>", line: 198, where: "_run_module_as_main" }, { file: "<frozen runpy>", line: 88, where: "_run_code" }];
const SERVER = `${LIB}/http/server.py`;

const underlined = (file: string, line: number, where: string, code: string, from = 0): Frame => ({ file, line, where, code, carets: [from, code.length - from] });
const plain = (file: string, line: number, where: string, code: string): Frame => ({ file, line, where, code });

const osError = (e: Errno): string => `[Errno ${errnoNumber(e)}] ${strerror(e)}`;
const exceptionOf = (e: Errno): string => `${e === "EACCES" || e === "EPERM" ? "PermissionError" : "OSError"}: ${osError(e)}`;

/** bind(2) failed in `python3 -m http.server`. */
export const moduleBindFailed = (e: Errno): string => traceback([
  ...RUNPY, plain(SERVER, 1309, "<module>", "test("),
  { ...plain(SERVER, 1256, "test", "with ServerClass(addr, HandlerClass) as httpd:"), carets: [5, 31] },
  plain(`${LIB}/socketserver.py`, 456, "__init__", "self.server_bind()"),
  underlined(SERVER, 1303, "server_bind", "return super().server_bind()", 7),
  plain(SERVER, 136, "server_bind", "socketserver.TCPServer.server_bind(self)"),
  plain(`${LIB}/socketserver.py`, 472, "server_bind", "self.socket.bind(self.server_address)"),
], exceptionOf(e));

/** getaddrinfo(3) failed in `python3 -m http.server --bind NAME`. */
export const moduleNameFailed = (number: number, text: string): string => traceback([
  ...RUNPY, plain(SERVER, 1309, "<module>", "test("),
  underlined(SERVER, 1254, "test", "ServerClass.address_family, addr = _get_best_family(bind, port)", 35),
  underlined(SERVER, 1237, "_get_best_family", "infos = socket.getaddrinfo(", 8),
  underlined(`${LIB}/socket.py`, 962, "getaddrinfo", "for res in _socket.getaddrinfo(host, port, family, type, proto, flags):", 11),
].map((f) => (f.line === 962 ? { ...f, carets: [11, 59] as const } : f)), `socket.gaierror: [Errno ${number}] ${text}`);

/** Where a script was when something happened: its path, and the lines of its two calls. */
export interface ScriptPlace {
  readonly path: string;
  readonly mainLine: number;
  readonly line: number;
  readonly code: string;
}

const scriptFrames = (p: ScriptPlace): readonly Frame[] => [plain(p.path, p.mainLine, "<module>", "main()"), plain(p.path, p.line, "main", p.code)];

export const scriptBindFailed = (place: ScriptPlace, e: Errno): string => traceback([
  ...scriptFrames(place).map((f, i) => (i === 1 ? { ...f, carets: [4, f.code!.length - 4] as const } : f)),
  plain(`${LIB}/socketserver.py`, 456, "__init__", "self.server_bind()"),
  plain(SERVER, 136, "server_bind", "socketserver.TCPServer.server_bind(self)"),
  plain(`${LIB}/socketserver.py`, 472, "server_bind", "self.socket.bind(self.server_address)"),
], exceptionOf(e));

/** Ctrl-C while a server waits for connections. */
export const scriptInterrupted = (place: ScriptPlace): string => traceback([
  ...scriptFrames(place),
  underlined(`${LIB}/socketserver.py`, 233, "serve_forever", "ready = selector.select(poll_interval)", 8),
  underlined(`${LIB}/selectors.py`, 415, "select", "fd_event_list = self._selector.poll(timeout)", 16),
], "KeyboardInterrupt");
