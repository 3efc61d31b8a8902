import type { Shell } from "./state.ts";

const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The file a command name means: a path as it is, else the first executable in PATH. Remembers hits. */
export function findCommand(sh: Shell, name: string, options: { standard?: boolean; remember?: boolean } = {}): string | undefined {
  if (name === "") return undefined;
  if (name.includes("/")) return name;
  const known = options.standard ? undefined : sh.hash.get(name);
  if (known && isExecutable(sh, known.path)) {
    known.hits++;
    return known.path;
  }
  const path = options.standard ? STANDARD_PATH : sh.get("PATH");
  if (path === undefined) return undefined;
  const found = searchPath(sh, name, path);
  if (found !== undefined && sh.on("hashall") && options.remember !== false && !options.standard) sh.hash.set(name, { path: found, hits: 1 });
  return found;
}

/** First executable file called `name`; else the first file at all, which then gives "Permission denied". */
function searchPath(sh: Shell, name: string, path: string): string | undefined {
  let fallback: string | undefined;
  for (const candidate of candidatesOf(name, path)) {
    const stat = sh.sys.stat(candidate);
    if (typeof stat === "string" || stat.kind === "dir") continue;
    if (sh.sys.access(candidate, "execute") === undefined) return candidate;
    fallback ??= candidate;
  }
  return fallback;
}

/** Every executable of that name in PATH: `type -a`. */
export function allInPath(sh: Shell, name: string): string[] {
  if (name.includes("/")) return isExecutable(sh, name) ? [name] : [];
  return candidatesOf(name, sh.get("PATH") ?? "").filter((candidate) => isExecutable(sh, candidate));
}

const candidatesOf = (name: string, path: string): string[] => path.split(":").map((dir) => (dir === "" ? `./${name}` : `${dir.replace(/\/$/, "")}/${name}`));

function isExecutable(sh: Shell, path: string): boolean {
  const stat = sh.sys.stat(path);
  return typeof stat !== "string" && stat.kind !== "dir" && sh.sys.access(path, "execute") === undefined;
}
