import type { RtnlGroup } from "../../net/uapi/rtnetlink.ts";
import { Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { listen } from "../ip/monitor.ts";
import { printFdb } from "./fdb-print.ts";
import { printPort } from "./link.ts";
import { MONITOR_USAGE } from "./usage.ts";

/** `bridge monitor [link] [fdb] [all]`. */
export function* doBridgeMonitor(tool: Tool, words: readonly string[]): Cmd<number> {
  const args = new Args(tool, words);
  const groups = new Set<RtnlGroup>();
  let label = false;
  while (args.more) {
    const w = args.take();
    if (matches(w, "link")) groups.add("link");
    else if (matches(w, "fdb")) groups.add("neigh");
    else if (w === "all") label = true;
    else if (matches(w, "help")) yield* tool.die(MONITOR_USAGE);
    else if (["mdb", "vlan", "vni", "file"].includes(w)) yield* tool.die(`bridge: monitor ${w}: not simulated here\n`);
    else yield* tool.die(`Argument "${w}" is unknown, try "bridge monitor help".\n`);
  }
  return yield* listen(tool, groups.size === 0 ? ["link", "neigh"] : [...groups], (event) => {
    const { item } = event;
    if (item.is === "link" && item.link.port !== null) {
      if (label) tool.out.fp("[LINK]");
      printPort(tool, item.link, item.link.port, event.is === "del");
    } else if (item.is === "fdb") {
      if (label) tool.out.fp("[NEIGH]");
      printFdb(tool, item.fdb, { dev: true, deleted: event.is === "del" });
    }
  });
}
