import { STDIN, type Sys, type Task } from "../../os/sys.ts";
import { Input } from "../lib/input.ts";
import type { Out } from "../lib/out.ts";
import { shownEscape } from "./options.ts";
import type { Session } from "./session.ts";

/** The connection that a command is about; null = there is none. */
export interface Connected {
  readonly host: string;
  readonly session: Session;
}

const HELP: readonly (readonly [name: string, text: string, own: boolean])[] = [
  ["close", "close current connection", true], ["logout", "forcibly logout remote user and close the connection", false],
  ["display", "display operating parameters", false], ["mode", "try to enter line or character mode ('mode ?' for more)", false],
  ["open", "connect to a site", true], ["quit", "exit telnet", true], ["send", "transmit special characters ('send ?' for more)", false],
  ["set", "set operating parameters ('set ?' for more)", false], ["unset", "unset operating parameters ('unset ?' for more)", false],
  ["status", "print status information", true], ["toggle", "toggle operating parameters ('toggle ?' for more)", false],
  ["slc", "change state of special characters ('slc ?' for more)", false], ["auth", "turn on (off) authentication ('auth ?' for more)", false],
  ["encrypt", "turn on (off) encryption ('encrypt ?' for more)", false], ["z", "suspend telnet", true], ["!", "invoke a subshell", false],
  ["environ", "change environment variables ('environ ?' for more)", false], ["?", "print help information", true],
];

/** The `telnet> ` prompt: commands may be abbreviated. */
export class Prompt {
  readonly #sys: Sys;
  readonly #out: Out;
  readonly #escape: string | null;
  readonly #input: Input;
  readonly #open: (host: string, port: string) => Task<number>;

  constructor(sys: Sys, out: Out, escape: string | null, open: (host: string, port: string) => Task<number>) {
    this.#sys = sys;
    this.#out = out;
    this.#escape = escape;
    this.#input = new Input(sys, STDIN);
    this.#open = open;
  }

  /** Asks until `quit` or the end of input. */
  *loop(connected: Connected | null): Task<void> {
    for (;;) if ((yield* this.once(connected)) === "quit") return;
  }

  /** One command. */
  *once(connected: Connected | null): Task<"resume" | "close" | "quit"> {
    yield* this.#out.text("telnet> ");
    yield* this.#out.flush();
    const typed = yield* this.#line(connected?.session.typedAhead ?? "");
    if (typed === null) return "quit";
    const [word = "", ...args] = typed.trim().split(/\s+/);
    if (word === "") return "resume";
    const found = word === "help" || word === "h" ? HELP.filter(([name]) => name === "?") : HELP.filter(([name]) => name.startsWith(word));
    const command = found.find(([name]) => name === word) ?? (found.length === 1 ? found[0] : undefined);
    if (command === undefined) yield* this.#out.text(found.length === 0 ? "?Invalid command\n" : "?Ambiguous command\n");
    else if (!command[2]) yield* this.#out.text(`telnet: ${command[0]}: not simulated here\n`);
    else return yield* this.#run(command[0], args, connected);
    return "resume";
  }

  /** A line of input, the first of it typed before the prompt was there. */
  *#line(ahead: string): Task<string | null> {
    const end = ahead.search(/[\r\n]/);
    if (ahead !== "") yield* this.#out.text(ahead.slice(0, end < 0 ? undefined : end) + (end < 0 ? "" : "\n"));
    yield* this.#out.flush();
    if (end >= 0) return ahead.slice(0, end);
    const line = yield* this.#input.line();
    return line === null ? null : ahead + line.text;
  }

  *#run(name: string, args: readonly string[], connected: Connected | null): Task<"resume" | "close" | "quit"> {
    if (name === "quit") {
      if (connected !== null) yield* this.#out.text("Connection closed.\n");
      return "quit";
    }
    if (name === "close") {
      yield* this.#out.text(connected === null ? "?Need to be connected first.\n" : "Connection closed.\n");
      return connected === null ? "resume" : "close";
    }
    if (name === "status") yield* this.#status(connected);
    else if (name === "z") this.#sys.kill(0, "SIGTSTP");
    else if (name === "open") yield* this.#connect(args, connected);
    else yield* this.#help();
    return "resume";
  }

  *#help(): Task<void> {
    yield* this.#out.text(`Commands may be abbreviated.  Commands are:\n\n${HELP.map(([name, text]) => `${name.padEnd(8)}\t${text}\n`).join("")}`);
  }

  *#status(connected: Connected | null): Task<void> {
    const mode = connected?.session.nvt.remoteEcho === true ? "Operating in single character mode\nCatching signals locally\nRemote character echo\n" : "Operating in obsolete linemode\nLocal character echo\n";
    const head = connected === null ? "No connection.\n" : `Connected to ${connected.host}.\n${mode}`;
    yield* this.#out.text(`${head}Escape character is ${shownEscape(this.#escape)}.\n`);
    yield* this.#out.flush();
  }

  *#connect(args: readonly string[], connected: Connected | null): Task<void> {
    if (connected !== null) return void (yield* this.#out.text(`?Already connected to ${connected.host}\n`));
    const [host, port = "telnet"] = args.length > 0 ? args : yield* this.#ask();
    if (host !== undefined) yield* this.#open(host, port);
  }

  *#ask(): Task<readonly string[]> {
    yield* this.#out.text("(to) ");
    yield* this.#out.flush();
    const line = yield* this.#input.line();
    return line === null ? [] : line.text.trim().split(/\s+/).filter((w) => w !== "");
  }
}
