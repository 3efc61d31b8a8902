import { strerror } from "../net/uapi/errno.ts";
import { fromUtf8 } from "../wire/text.ts";
import { type Io, finish, plainTool } from "./lib/tool.ts";
import type { Task } from "../os/sys.ts";

const FILESYSTEMS = ["proc", "sysfs", "tmpfs"] as const;
type FsType = (typeof FILESYSTEMS)[number];
const isFsType = (t: string): t is FsType => (FILESYSTEMS as readonly string[]).includes(t);

/** mount(8): lists mounts; `-t proc|sysfs|tmpfs SRC DIR`; `--bind SRC DST`. */
export const mount = plainTool(function* (io, args) {
  if (args.length === 0) return yield* list(io);
  if (args[0] === "--bind" || args[0] === "-B") return yield* bind(io, args.slice(1));
  if (args[0] !== "-t" || args.length < 4) return yield* refuse(io, args);
  const [, type, source, target] = args as readonly [string, string, string, string];
  if (!isFsType(type)) return yield* fail(io, `${target}: unknown filesystem type '${type}'.`, 32);
  const error = io.sys.mountFs(type, target);
  if (error === "ENOENT") return yield* fail(io, `${target}: mount point does not exist.`, 32);
  if (error !== undefined) return yield* fail(io, `${target}: ${source}: ${strerror(error)}.`, 32);
  return 0;
});

function* list(io: Io): Task<number> {
  const text = io.sys.readFile("/proc/mounts");
  if (typeof text === "string") return yield* fail(io, `/proc/mounts: ${strerror(text)}`, 1);
  for (const line of fromUtf8(text).split("\n")) {
    const [source, target, type, options] = line.split(" ");
    if (options !== undefined) yield* io.out.text(`${source} on ${target} type ${type} (${options})\n`);
  }
  return yield* finish(io, 0);
}

function* bind(io: Io, args: readonly string[]): Task<number> {
  const [source, target] = args;
  if (source === undefined || target === undefined) return yield* refuse(io, args);
  const error = io.sys.bindMount(source, target);
  return error === undefined ? 0 : yield* fail(io, `${target}: special device ${source} does not exist.`, 32);
}

function* refuse(io: Io, args: readonly string[]): Task<number> {
  const flag = args.find((a) => a.startsWith("-") && a !== "-t" && a !== "--bind") ?? args[0] ?? "";
  return yield* fail(io, `${flag}: not simulated here (only -t proc|sysfs|tmpfs and --bind)`, 1);
}

function* fail(io: Io, text: string, status: number): Task<number> {
  yield* io.complain(text);
  return status;
}

/** umount(8), without flags. */
export const umount = plainTool(function* (io, args) {
  const [target, ...rest] = args;
  if (target === undefined || rest.length > 0 || target.startsWith("-")) return yield* fail(io, `${target ?? "bad usage"}: not simulated here (only umount DIR)`, 1);
  const error = io.sys.umount(target);
  if (error === "EINVAL") return yield* fail(io, `${target}: not mounted.`, 32);
  if (error === "ENOENT") return yield* fail(io, `${target}: no mount point specified.`, 32);
  return error === undefined ? 0 : yield* fail(io, `${target}: ${strerror(error)}.`, 32);
});
