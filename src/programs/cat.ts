import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { fromByteString, toByteString } from "./lib/bytes.ts";
import { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";

interface Look {
  readonly number: "no" | "all" | "filled";
  readonly squeeze: boolean;
  readonly ends: boolean;
  readonly tabs: boolean;
  readonly nonPrinting: boolean;
}

/** What `cat -n a b` keeps from file to file. */
interface State {
  line: number;
  atLineStart: boolean;
  blankRun: number;
}

function readLook(o: Options): Look {
  const all = o.has("A");
  return {
    number: o.has("b") ? "filled" : o.has("n") ? "all" : "no",
    squeeze: o.has("s"),
    ends: all || o.has("E", "e"),
    tabs: all || o.has("T", "t"),
    nonPrinting: all || o.has("v", "e", "t"),
  };
}

const isPlain = (l: Look): boolean => l.number === "no" && !l.squeeze && !l.ends && !l.tabs && !l.nonPrinting;

/** `^X` and `M-x` notation of cat -v; a tab is told only by -T. */
function visible(code: number, look: Look): string {
  if (code === 9) return look.tabs ? "^I" : "\t";
  if (!look.nonPrinting) return String.fromCharCode(code);
  const low = code & 127;
  const shown = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? "^?" : String.fromCharCode(low);
  return code >= 128 ? `M-${shown}` : shown;
}

/** Rewrites one chunk; a line may go on in the next one. */
function dress(chunk: string, look: Look, state: State): string {
  let out = "";
  for (let i = 0; i < chunk.length; i++) {
    const code = chunk.charCodeAt(i);
    if (code === 10) {
      out += endLine(look, state);
      continue;
    }
    if (state.atLineStart) {
      state.blankRun = 0;
      if (look.number !== "no") out += numberField(state);
      state.atLineStart = false;
    }
    out += visible(code, look);
  }
  return out;
}

const numberField = (state: State): string => `${String(++state.line).padStart(6)}\t`;

function endLine(look: Look, state: State): string {
  const blank = state.atLineStart;
  if (blank && look.squeeze && ++state.blankRun > 1) return "";
  const number = blank && look.number === "all" ? numberField(state) : "";
  state.atLineStart = true;
  return `${number}${look.ends ? "$" : ""}\n`;
}

function* copy(io: Io, fd: number, look: Look, state: State): Task<Input> {
  const input = new Input(io.sys, fd);
  for (let c = yield* input.chunk(); c !== null && io.out.error === undefined; c = yield* input.chunk()) {
    yield* io.out.raw(isPlain(look) ? c : fromByteString(dress(toByteString(c), look, state)));
  }
  return input;
}

/** cat(1). It writes what one read gave in one write: nothing waits in a buffer. */
export const cat = tool(
  { takes: "b,number-nonblank n,number s,squeeze-blank v,show-nonprinting E,show-ends T,show-tabs A,show-all e t u", usage: "[OPTION]... [FILE]..." },
  function* (io, options) {
    io.out.buffering = "none";
    const look = readLook(options);
    const state: State = { line: 0, atLineStart: true, blankRun: 0 };
    let status = 0;
    for (const path of options.operands.length > 0 ? options.operands : ["-"]) {
      const fd = openInput(io.sys, path);
      const failed = isErrno(fd) ? fd : (yield* copy(io, fd, look, state)).error;
      if (!isErrno(fd)) closeInput(io.sys, fd);
      if (failed !== undefined) {
        yield* io.complain(`${path}: ${strerror(failed)}`);
        status = 1;
      }
    }
    return status;
  },
);

