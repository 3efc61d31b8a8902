import { STDERR, type Program } from "../../os/sys.ts";
import { plainTool } from "../lib/tool.ts";
import { buildCommands } from "./build.ts";
import { VERSION, complain, tellFailure } from "./errors.ts";
import { helpText } from "./help.ts";
import { namesOf } from "./names.ts";
import { parseLine } from "./parse.ts";
import { Work } from "./work.ts";

/** iptables(8) 1.8.9 over nf_tables, as Debian 12 has it. IPv4 only. */
const NAME = "iptables";

export const iptables: Program = plainTool(function* (io, args) {
  const names = namesOf(io.sys);
  const parsed = parseLine([NAME, ...args], { names, restore: false, table: "filter" });
  if ("bad" in parsed) {
    if (parsed.warnings !== undefined) yield* io.err(parsed.warnings);
    return yield* complain(io.sys, NAME, parsed);
  }
  if (parsed.is !== "command") {
    yield* io.out.text(parsed.is === "help" ? helpText() : parsed.is === "version" ? `${NAME} v${VERSION}\n` : `Not ${VERSION} ;-)\n`);
    return 0;
  }
  if (parsed.warnings !== "") yield* io.sys.write(STDERR, parsed.warnings);
  const commands = yield* buildCommands(io.sys, parsed, 0);
  if ("bad" in commands) return yield* complain(io.sys, NAME, commands);
  const work = new Work({ sys: io.sys, names, out: (text) => io.out.text(text), restore: false, replace: false });
  const failed = yield* work.run(commands);
  if (failed === undefined) return 0;
  yield* io.out.flush();
  return yield* tellFailure(io.sys, NAME, failed);
});
