import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDIN, type TermMode } from "../os/sys.ts";
import { plainTool } from "./lib/tool.ts";

/** Settings that a simulated terminal has. */
const SETTINGS: Readonly<Record<string, (mode: TermMode) => TermMode>> = {
  echo: (m) => ({ ...m, echo: true }), "-echo": (m) => ({ ...m, echo: false }),
  icanon: (m) => ({ ...m, canonical: true }), "-icanon": (m) => ({ ...m, canonical: false }),
  isig: (m) => ({ ...m, signals: true }), "-isig": (m) => ({ ...m, signals: false }),
  raw: (m) => ({ ...m, canonical: false, signals: false }), "-raw": (m) => ({ ...m, canonical: true, signals: true }),
  sane: (m) => ({ ...m, canonical: true, echo: true, signals: true }),
};

/** stty(1): shows or changes echo, icanon, isig, raw, sane; `size` prints rows and columns. */
export const stty = plainTool(function* (io, args) {
  const mode = io.sys.tcgetattr(STDIN);
  if (isErrno(mode)) {
    yield* io.complain(`'standard input': ${strerror(mode)}`);
    return 1;
  }
  if (args.length === 0 || args[0] === "-a") {
    const flag = (on: boolean, name: string): string => (on ? name : `-${name}`);
    yield* io.out.text(`speed 38400 baud; line = 0;\n${flag(mode.signals, "isig")} ${flag(mode.canonical, "icanon")} ${flag(mode.echo, "echo")}\n`);
    return 0;
  }
  if (args[0] === "size") {
    const size = io.sys.windowSize(STDIN);
    if (!isErrno(size)) yield* io.out.text(`${size.rows} ${size.cols}\n`);
    return isErrno(size) ? 1 : 0;
  }
  let next = mode;
  for (const arg of args) {
    const change = SETTINGS[arg];
    if (change === undefined) {
      yield* io.complain(`${arg}: not simulated here`);
      return 1;
    }
    next = change(next);
  }
  io.sys.tcsetattr(STDIN, next);
  return 0;
});
