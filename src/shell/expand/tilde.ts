import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import type { Piece } from "./lower.ts";

/**
 * Tilde expansion of the unquoted text that begins a word, and in assignments of what follows a colon.
 * The result counts as quoted: it is neither split nor globbed.
 */
export function expandTildes(sh: Shell, pieces: readonly Piece[], where: "word" | "assignment"): readonly Piece[] {
  if (!pieces.some((p) => p.is === "text" && !p.quoted && p.text.includes("~"))) return pieces;
  return pieces.flatMap((p, i): readonly Piece[] => {
    if (p.is !== "text" || p.quoted || !p.text.includes("~")) return [p];
    const last = i === pieces.length - 1;
    return where === "word" ? wordTilde(sh, p.text, i === 0, last) : colonTildes(sh, p.text, i === 0, last);
  });
}

const plain = (text: string): Piece => ({ is: "text", text, quoted: false });

function wordTilde(sh: Shell, text: string, first: boolean, last: boolean): Piece[] {
  if (first && text.startsWith("~")) return prefix(sh, text, last, /^~([^/]*)/);
  // `name=~/x` as an argument expands too, except in posix mode.
  return [plain(text)];
}

function colonTildes(sh: Shell, text: string, first: boolean, last: boolean): Piece[] {
  const cut = text.split(":");
  return cut.flatMap((part, i) => {
    const colon = i > 0 ? [plain(":")] : [];
    const starts = part.startsWith("~") && (i > 0 || first);
    return [...colon, ...(starts ? prefix(sh, part, last || i < cut.length - 1, /^~([^/:]*)/) : part === "" ? [] : [plain(part)])];
  });
}

function prefix(sh: Shell, text: string, complete: boolean, shape: RegExp): Piece[] {
  const m = shape.exec(text);
  const user = m?.[1] ?? "";
  // `~"x"` or `~$x`: quoted or expanded names are no login names.
  if (m?.[0].length === text.length && !complete) return [plain(text)];
  const home = homeOf(sh, user);
  if (home === undefined) return [plain(text)];
  const rest = text.slice(m?.[0].length ?? 0);
  return [{ is: "text", text: home === "/" && rest.startsWith("/") ? "" : home, quoted: true }, ...(rest === "" ? [] : [plain(rest)])];
}

/** The directory a tilde prefix names. */
export function homeOf(sh: Shell, user: string): string | undefined {
  if (user === "") return sh.get("HOME") ?? passwdHome(sh, "root");
  if (user === "+") return sh.get("PWD");
  if (user === "-") return sh.get("OLDPWD");
  if (/^[-+]?\d+$/.test(user)) return stackEntry(sh, user);
  return passwdHome(sh, user);
}

function stackEntry(sh: Shell, index: string): string | undefined {
  const all = [sh.sys.getcwd(), ...sh.directories];
  return index.startsWith("-") ? all[all.length - 1 - Number(index.slice(1))] : all[Number(index.replace("+", ""))];
}

function passwdHome(sh: Shell, user: string): string | undefined {
  const file = sh.sys.readFile("/etc/passwd");
  if (typeof file === "string") return user === "root" ? "/root" : undefined;
  const line = decode(file).split("\n").find((l) => l.startsWith(user + ":"));
  return line?.split(":")[5];
}
