import { isErrno } from "../net/uapi/errno.ts";
import type { Sys } from "../os/sys.ts";
import { globRegex } from "./lib/glob.ts";
import type { Options } from "./lib/options.ts";

const valuesOf = (o: Options, key: string): RegExp[] => o.list.filter((x) => x.key === key).map((x) => globRegex(x.value ?? ""));

/** The files that `grep -r` looks at below a path, in directory order. `bare`: no path was given, so names have no `./`. */
export function walkFiles(sys: Sys, root: string, o: Options, bare: boolean): string[] {
  const follow = o.has("R");
  const [include, exclude, excludeDir] = [valuesOf(o, "include"), valuesOf(o, "exclude"), valuesOf(o, "exclude-dir")];
  const wanted = (name: string): boolean =>
    (include.length === 0 || include.some((r) => r.test(name))) && !exclude.some((r) => r.test(name));
  const walk = (path: string, name: string, top: boolean): string[] => {
    const stat = top || follow ? sys.stat(path) : sys.lstat(path);
    if (isErrno(stat)) return top ? [path] : [];
    if (stat.kind !== "dir") return (stat.kind === "file" || top) && wanted(name) ? [path] : [];
    const names = excludeDir.some((r) => r.test(name)) ? [] : sys.readdir(path);
    if (isErrno(names)) return [path];
    return names.flatMap((n) => walk(path === "/" ? `/${n}` : `${path.replace(/\/$/, "")}/${n}`, n, false));
  };
  const found = walk(root, root.split("/").at(-1) ?? root, true);
  return bare ? found.map((p) => p.replace(/^\.\//, "")) : found;
}
