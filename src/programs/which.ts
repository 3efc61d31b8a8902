import { programsNamed } from "./lib/find-program.ts";
import { tool } from "./lib/tool.ts";

/** which(1) of debianutils. */
export const which = tool({ takes: "a s", usage: "[-as] args", badStatus: 2, hint: () => "Usage: /usr/bin/which [-as] args\n" }, function* (io, o) {
  if (o.operands.length === 0) return 1;
  let status = 0;
  for (const name of o.operands) {
    const found = programsNamed(io.sys, name);
    if (found.length === 0) status = 1;
    if (!o.has("s")) yield* io.out.text(found.slice(0, o.has("a") ? undefined : 1).map((p) => `${p}\n`).join(""));
  }
  return status;
});
