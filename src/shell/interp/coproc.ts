import type { Coproc } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import { printNode } from "../print.ts";
import type { Shell } from "../state.ts";
import { indexedArray } from "../vars/variable.ts";
import { execList } from "./command.ts";
import { forkShell } from "./fork.ts";
import { guarded } from "./statement.ts";

/** `coproc NAME command`: a background process with a pipe each way in `${NAME[@]}`. */
export function* execCoproc(sh: Shell, node: Coproc): Task<number> {
  const name = node.name?.text ?? "COPROC";
  const [toRead, toWrite] = sh.sys.pipe();
  const [fromRead, fromWrite] = sh.sys.pipe();
  const { body } = node;
  const pid = forkShell(sh, (child) => (body.type === "CompoundList" ? execList(child, body) : guarded(child, body)), {
    fds: [[0, toRead], [1, fromWrite]], without: [toWrite, fromRead], background: true,
  });
  sh.sys.close(toRead);
  sh.sys.close(fromWrite);
  if (typeof pid === "string") throw new Complaint("fork: Resource temporarily unavailable", "discard", 254);
  sh.vars.define(name, indexedArray([String(fromRead), String(toWrite)]));
  sh.put(`${name}_PID`, String(pid));
  sh.lastAsyncPid = pid;
  sh.jobs.add([pid], printNode(node, sh.source.text), { pgid: 0, background: true, controlled: false });
  yield* sh.sys.compute(1000);
  return 0;
}
