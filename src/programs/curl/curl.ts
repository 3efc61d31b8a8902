// From the shell: somebody typed curl.
// Next transfer.ts: names are looked up, a connection is made; exchange.ts sends the request and reads the answer.
import { STDOUT, type Program } from "../../os/sys.ts";
import { Out } from "../lib/out.ts";
import { parseArguments, type ParamContext } from "./arguments.ts";
import { exitStatus } from "./codes.ts";
import { GlobalConfig } from "./config.ts";
import { readConfigFile, readHomeConfig } from "./config-file.ts";
import { ConnectionCache } from "./connection.ts";
import { Debug } from "./debug.ts";
import { helpFor, VERSION_TEXT } from "./help.ts";
import { Messages } from "./messages.ts";
import { runAll } from "./operate.ts";
import type { Session } from "./session.ts";

/** curl 7.88.1, HTTP over IPv4 without TLS, text for text. */
export const curl: Program = function* (sys, argv) {
  const global = new GlobalConfig();
  const stdout = new Out(sys, STDOUT);
  const messages = new Messages(sys, global, stdout);
  const context: Omit<ParamContext, "config"> = { global, messages, readConfig: readConfigFile };
  const skipHome = /^-q/.test(argv[1] ?? "") || (argv[1] ?? "").toLowerCase() === "--disable";
  if (!skipHome) yield* readHomeConfig({ ...context, config: global.last });
  if (argv.length < 2 && global.last.urls.length === 0) {
    yield* messages.help(undefined);
    return 2;
  }
  const asked = yield* parseArguments(argv, context);
  if (asked === "help" || asked === "version") {
    const text = asked === "help" ? helpFor(global.helpCategory) : VERSION_TEXT;
    if (text === null) yield* messages.raw(`curl: --help ${global.helpCategory}: not simulated here\n`);
    yield* stdout.bytes(text ?? "");
    yield* stdout.flush();
    return text === null ? 2 : 0;
  }
  if (asked !== undefined) {
    yield* stdout.flush();
    return asked === "bad-protocol" ? 1 : asked === "read-error" ? 26 : 2;
  }
  const session: Session = { sys, messages, debug: new Debug(global, messages), connections: new ConnectionCache(), names: new Map(), cookies: undefined, headerFiles: new Set() };
  const code = yield* runAll(global, session);
  session.connections.closeAll(sys);
  yield* stdout.flush();
  return exitStatus(code);
};
