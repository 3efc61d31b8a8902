import { type Errno, strerror } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Cmd, PLAIN, Tool, runCommand } from "./lib/tool.ts";
import { NETNS_DIR } from "./netns-names.ts";

/** Where a named namespace has files that stand in for those in /etc. */
const ETC_DIR = "/etc/netns";

/** netns_switch: into the namespace, with its own view of /sys and of /etc/netns/NAME. */
export function* enterNetns(tool: Tool, name: string): Cmd<void> {
  const { sys } = tool;
  const path = name.startsWith("/") ? name : `${NETNS_DIR}/${name}`;
  const fd = sys.open(path, { read: true });
  if (typeof fd === "string") return yield* tool.die(`Cannot open network namespace "${name}": ${strerror(fd)}\n`);
  sys.close(fd);
  const error = sys.setns(path, "net");
  if (error !== undefined) return yield* tool.die(`setting the network namespace "${name}" failed: ${strerror(error)}\n`);
  sys.unshare(["mnt"]);
  sys.mountFs("sysfs", "/sys");
  bindEtc(sys, name);
}

function bindEtc(sys: Sys, name: string): void {
  const files = sys.readdir(`${ETC_DIR}/${name}`);
  if (typeof files === "string") return;
  for (const file of files) if (file !== "." && file !== "..") sys.bindMount(`${ETC_DIR}/${name}/${file}`, `/etc/${file}`);
}

/** execvp: never comes back when it worked. */
export function* execIn(tool: Tool, command: readonly string[]): Cmd<number> {
  yield* tool.flush();
  const error = yield* execvp(tool.sys, command);
  yield* tool.err(`exec of "${command[0] ?? ""}" failed: ${strerror(error)}\n`);
  return -1;
}

/** Tries every directory of PATH; "permission denied" is remembered over "not found". */
function* execvp(sys: Sys, command: readonly string[]): Task<Errno> {
  const file = command[0] ?? "";
  const dirs = file.includes("/") ? [""] : (sys.env.get("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":");
  let error: Errno = "ENOENT";
  for (const dir of dirs) {
    const failed = yield* sys.exec(dir === "" ? file : `${dir}/${file}`, command);
    if (failed !== "ENOENT" && failed !== "ENOTDIR") error = failed;
  }
  return error;
}

/** `ip -all netns exec`: a child in each namespace, one after the other. */
export function* spawnIn(tool: Tool, name: string, command: readonly string[]): Cmd<void> {
  const child = function* (sys: Sys): Task<number> {
    const own = new Tool("ip", sys, PLAIN);
    return yield* runCommand(own, inNetns(own, name, command));
  };
  const pid = tool.sys.spawn({ run: child, argv: ["ip"], comm: "ip" });
  if (typeof pid === "number") yield* tool.sys.waitpid({ who: pid });
}

function* inNetns(tool: Tool, name: string, command: readonly string[]): Cmd<number> {
  yield* enterNetns(tool, name);
  return -(yield* execIn(tool, command));
}
