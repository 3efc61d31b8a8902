import type { Sys } from "../../os/sys.ts";

/** execvp(3)'s default when PATH is not set. */
const DEFAULT_PATH = "/bin:/usr/bin";

function isProgram(sys: Sys, path: string): boolean {
  const stat = sys.stat(path);
  return typeof stat !== "string" && stat.kind === "file" && sys.access(path, "execute") === undefined;
}

/** Every program of that name on the PATH, in its order. */
export function programsNamed(sys: Sys, name: string, path = sys.env.get("PATH") ?? DEFAULT_PATH): string[] {
  if (name.includes("/")) return isProgram(sys, name) ? [name] : [];
  return path.split(":").map((dir) => `${dir === "" ? "." : dir.replace(/\/$/, "")}/${name}`).filter((p) => isProgram(sys, p));
}

/** What execvp(3) would run; the name itself when there is none (it then fails with the right errno). */
export const findProgram = (sys: Sys, name: string): string => (name.includes("/") ? name : (programsNamed(sys, name)[0] ?? name));
