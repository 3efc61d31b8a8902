import { SysNfnl } from "./sys-nfnl.ts";
import type { Sys } from "./sys.ts";

/**
 * All system calls of one process. They are spread over a chain of classes, one a subject, each
 * building on the one before: base ← file ← path ← tty ← process ← namespace ← socket ← net ← nfnl.
 */
export class SystemCalls extends SysNfnl implements Sys {}
