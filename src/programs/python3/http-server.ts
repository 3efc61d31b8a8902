import { isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import { STDERR, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4, parseIp4, type Ip4 } from "../../wire/addr.ts";
import { Out } from "../lib/out.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { fileMethods } from "./files.ts";
import { openServer, serveForever } from "./serve.ts";
import { moduleBindFailed, moduleNameFailed } from "./tracebacks.ts";

/** `python3 -m http.server`: options as argparse reads them, and the server. */

const USAGE = "usage: server.py [-h] [--cgi] [-b ADDRESS] [-d DIRECTORY] [-p VERSION] [port]\n";
const HELP = `${USAGE}
positional arguments:
  port                  bind to this port (default: 8000)

options:
  -h, --help            show this help message and exit
  --cgi                 run as CGI server
  -b ADDRESS, --bind ADDRESS
                        bind to this address (default: all interfaces)
  -d DIRECTORY, --directory DIRECTORY
                        serve this directory (default: current directory)
  -p VERSION, --protocol VERSION
                        conform to this HTTP version (default: HTTP/1.0)
`;

interface Options {
  help: boolean;
  cgi: boolean;
  bind: string | undefined;
  directory: string | undefined;
  protocol: string;
  port: number | undefined;
}

const LONG = ["--help", "--cgi", "--bind", "--directory", "--protocol"];
const SHOWN: Readonly<Record<string, string>> = { bind: "-b/--bind", directory: "-d/--directory", protocol: "-p/--protocol" };
const SHORT: Readonly<Record<string, "bind" | "directory" | "protocol">> = { b: "bind", d: "directory", p: "protocol" };

function readArgs(args: readonly string[]): Options | { readonly bad: string } {
  const o: Options = { help: false, cgi: false, bind: undefined, directory: undefined, protocol: "HTTP/1.0", port: undefined };
  const unknown: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (!/^-./.test(word) || /^-\d+$/.test(word)) {
      const port = /^[+-]?\d+(_\d+)*$/.test(word.trim()) ? Number(word.replace(/_/g, "")) : null;
      if (o.port !== undefined) unknown.push(word);
      else if (port === null) return { bad: `argument port: invalid int value: '${word}'` };
      else o.port = port;
      continue;
    }
    const key = keyOf(word);
    if (key === undefined) unknown.push(word);
    else if (key.key === "help" || key.key === "cgi") o[key.key] = true;
    else {
      const value = key.value ?? args[++i];
      if (value === undefined || (key.value === undefined && /^-[^\d]/.test(value))) return { bad: `argument ${SHOWN[key.key]}: expected one argument` };
      o[key.key] = value;
    }
  }
  return unknown.length > 0 ? { bad: `unrecognized arguments: ${unknown.join(" ")}` } : o;
}

function keyOf(word: string): { key: "help" | "cgi" | "bind" | "directory" | "protocol"; value: string | undefined } | undefined {
  if (word.startsWith("--")) {
    const [name = "", value] = word.split(/=(.*)/s);
    const found = LONG.filter((l) => l.startsWith(name));
    return found.length === 1 && name.length > 2 ? { key: (found[0] ?? "").slice(2) as "bind", value } : undefined;
  }
  if (word === "-h") return { key: "help", value: undefined };
  const key = SHORT[word[1] ?? ""];
  return key === undefined ? undefined : { key, value: word.length > 2 ? word.slice(2).replace(/^=/, "") : undefined };
}

export function* httpServerModule(sys: Sys, args: readonly string[]): Task<number> {
  const o = readArgs(args);
  if ("bad" in o) {
    yield* sys.write(STDERR, `${USAGE}server.py: error: ${o.bad}\n`);
    return 2;
  }
  if (o.help) {
    yield* sys.write(STDOUT, HELP);
    return 0;
  }
  if (o.cgi) {
    yield* sys.write(STDERR, "server.py: --cgi: not simulated here\n");
    return 2;
  }
  return yield* serve(sys, o);
}

const GAI_NUMBERS = { EAI_NONAME: -2, EAI_AGAIN: -3, EAI_FAIL: -4, EAI_NODATA: -5, EAI_SERVICE: -8 } as const;

function* address(sys: Sys, o: Options): Task<InetAddr | { readonly failed: string }> {
  const port = o.port ?? 8000;
  if (port < 0) return { failed: moduleNameFailed(-8, "Servname not supported for ai_socktype") };
  const any = parseIp4("0.0.0.0")!;
  if (o.bind === undefined) return inet(any, port);
  const found = yield* resolveName(sys, o.bind);
  if (found.is === "found") return inet(found.addresses[0], port);
  return { failed: moduleNameFailed(GAI_NUMBERS[found.error], gaiStrerror(found.error)) };
}

const inet = (addr: Ip4, port: number): InetAddr => ({ family: "inet", addr, port: port & 0xffff });

function* serve(sys: Sys, o: Options): Task<number> {
  const addr = yield* address(sys, o);
  if ("failed" in addr) {
    yield* sys.write(STDERR, addr.failed);
    return 1;
  }
  const fd = openServer(sys, addr);
  if (isErrno(fd)) {
    yield* sys.write(STDERR, moduleBindFailed(fd));
    return 1;
  }
  return yield* announceAndServe(sys, o, fd);
}

function* announceAndServe(sys: Sys, o: Options, fd: number): Task<number> {
  const bound = sys.getsockname(fd);
  const [host, port] = !isErrno(bound) && bound.family === "inet" ? [formatIp4(bound.addr), bound.port] : ["0.0.0.0", 0];
  // The interpreter keeps back what goes to a pipe until it ends.
  const out = new Out(sys, STDOUT);
  yield* out.text(`Serving HTTP on ${host} port ${port} (http://${host}:${port}/) ...\n`);
  const directory = o.directory === undefined ? sys.getcwd() : o.directory.startsWith("/") ? o.directory : `${sys.getcwd()}/${o.directory}`;
  yield* serveForever(sys, fd, { server: "SimpleHTTP/0.6", protocol: o.protocol, methods: fileMethods(directory) }, true);
  yield* out.text("\nKeyboard interrupt received, exiting.\n");
  yield* out.flush();
  return 0;
}
