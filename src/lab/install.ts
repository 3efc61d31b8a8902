import { flanneld } from "../cluster/flannel/flanneld.ts";
import type { Kernel } from "../os/kernel.ts";
import { PROGRAMS } from "../programs/registry.ts";
import { installNginxFiles } from "../programs/nginx/files.ts";
import { installSsScript } from "../programs/python3/ss.ts";
import { bash } from "../shell/shell.ts";

/** Puts every program where Debian has it. */
export function installPrograms(kernel: Kernel): void {
  for (const [path, program] of PROGRAMS) kernel.install(path, program);
  kernel.install("/usr/bin/bash", bash);
  kernel.install("/usr/bin/sh", bash);
  kernel.install("/usr/local/bin/flanneld", flanneld);
  installNginxFiles(kernel);
  installSsScript(kernel);
}
