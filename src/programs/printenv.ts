import { tool } from "./lib/tool.ts";

/** printenv(1): values only, status 1 when one of the names is not set. */
export const printenv = tool({ takes: "0,null", usage: "[OPTION]... [VARIABLE]...", badStatus: 2 }, function* (io, o) {
  const end = o.has("0") ? "\0" : "\n";
  if (o.operands.length === 0) for (const [name, value] of io.sys.env) yield* io.out.text(`${name}=${value}${end}`);
  let status = 0;
  for (const name of o.operands) {
    const value = io.sys.env.get(name);
    if (value === undefined) status = 1;
    else yield* io.out.text(value + end);
  }
  return status;
});
