import { flanneld } from "../cluster/flannel/flanneld.ts";
import type { Kernel } from "../os/kernel.ts";
import { LATE_PATHS } from "../programs/late-paths.ts";
import { CORE_PROGRAMS } from "../programs/registry-core.ts";
import { installNginxFiles } from "../programs/nginx/files.ts";
import { installSsScript } from "../programs/python3/ss.ts";
import { shellLookup } from "../programs/lib/shell-lookup.ts";
import { bashWith } from "../shell/shell.ts";

/** Puts every program where Debian has it; those of registry.ts that are not in the core still have to be supplied. */
export function installPrograms(kernel: Kernel): void {
  for (const [path, program] of CORE_PROGRAMS) kernel.install(path, program);
  for (const path of LATE_PATHS) kernel.install(path, null);
  const bash = bashWith(shellLookup);
  kernel.install("/usr/bin/bash", bash);
  kernel.install("/usr/bin/sh", bash);
  kernel.install("/usr/local/bin/flanneld", flanneld);
  installNginxFiles(kernel);
  installSsScript(kernel);
}
