import { tool } from "./lib/tool.ts";

/** clear(1): home, erase the screen, and the scrollback unless -x. */
export const clear = tool({ takes: "x T=", refuses: "V", usage: "[options]", hint: (name) => `Usage: ${name} [options]\n\nOptions:\n  -T TERM     use this instead of $TERM\n  -V          print curses-version\n  -x          do not try to clear scrollback\n` }, function* (io, o) {
  if (io.sys.env.get("TERM") === undefined && !o.has("T")) {
    yield* io.err("TERM environment variable not set.\n");
    return 1;
  }
  yield* io.out.text(`\x1b[H\x1b[2J${o.has("x") ? "" : "\x1b[3J"}`);
  return 0;
});
