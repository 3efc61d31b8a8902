import { extraOperand, missingOperand, tool } from "./lib/tool.ts";

const baseOf = (path: string): string => path.replace(/\/+$/, "").split("/").at(-1) || (path.startsWith("/") ? "/" : "");

const withoutSuffix = (name: string, suffix: string): string => (suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name);

/** basename(1). */
export const basename = tool({ takes: "a,multiple s,suffix= z,zero", usage: "NAME [SUFFIX]", stopAtOperand: true }, function* (io, o) {
  const many = o.has("a", "s");
  const [first, second, third] = o.operands;
  if (first === undefined) return yield* missingOperand(io);
  if (!many && third !== undefined) return yield* extraOperand(io, third);
  const suffix = o.value("s") ?? (many ? "" : (second ?? ""));
  for (const path of many ? o.operands : [first]) yield* io.out.text(withoutSuffix(baseOf(path), suffix) + (o.has("z") ? "\0" : "\n"));
  return 0;
});

function dirOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const cut = trimmed.lastIndexOf("/");
  if (cut < 0) return trimmed === "" && path !== "" ? "/" : ".";
  return trimmed.slice(0, cut).replace(/\/+$/, "") || "/";
}

/** dirname(1). */
export const dirname = tool({ takes: "z,zero", usage: "[OPTION] NAME..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  for (const path of o.operands) yield* io.out.text(dirOf(path) + (o.has("z") ? "\0" : "\n"));
  return 0;
});
