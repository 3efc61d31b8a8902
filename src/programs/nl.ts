import { eachInput } from "./lib/per-file.ts";
import { tool } from "./lib/tool.ts";

/** nl(1): numbers lines; body style `t` (lines with text) unless told otherwise. */
export const nl = tool({
  takes: "b,body-numbering= n,number-format= s,number-separator= v,starting-line-number= i,line-increment= w,number-width=",
  refuses: "d,section-delimiter= f,footer-numbering= h,header-numbering= l,join-blank-lines= p,no-renumber",
  usage: "[OPTION]... [FILE]...",
}, function* (io, options) {
  const style = options.value("b") ?? "t";
  if (!["a", "t", "n"].includes(style)) {
    yield* io.complain(style.startsWith("p") ? `-b ${style}: not simulated here` : `invalid body numbering style: ${io.quote(style)}`);
    return 1;
  }
  const width = Number(options.value("w") ?? 6);
  const step = Number(options.value("i") ?? 1);
  const format = options.value("n") ?? "rn";
  const field = (n: number): string =>
    format === "ln" ? String(n).padEnd(width) : String(n).padStart(width, format === "rz" ? "0" : " ");
  let next = Number(options.value("v") ?? 1);
  return yield* eachInput(io, options.operands, function* (input) {
    for (let l = yield* input.line(); l !== null; l = yield* input.line()) {
      const numbered = style === "a" || (style === "t" && l.text !== "");
      const head = numbered ? field(next) + (options.value("s") ?? "\t") : " ".repeat(width + 1);
      if (numbered) next += step;
      yield* io.out.bytes(`${head}${l.text}\n`);
    }
  });
});
