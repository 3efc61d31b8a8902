import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Sys } from "../os/sys.ts";
import { tool, usageError } from "./lib/tool.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const randomLetters = (sys: Sys, n: number): string => Array.from({ length: n }, () => LETTERS[sys.random() % LETTERS.length] ?? "").join("");

/** mktemp(1): a new file or directory whose name ends in random letters. */
export const mktemp = tool({ takes: "d,directory u,dry-run q,quiet p,tmpdir=? t suffix=", usage: "[OPTION]... [TEMPLATE]" }, function* (io, o) {
  const { sys } = io;
  const [template = "tmp.XXXXXXXXXX", extra] = o.operands;
  if (extra !== undefined) return yield* usageError(io, "too many templates");
  const inTmp = o.operands.length === 0 || o.has("p", "t");
  const full = (inTmp ? `${o.value("p") ?? sys.env.get("TMPDIR") ?? "/tmp"}/` : "") + template + (o.value("suffix") ?? "");
  const marks = /^(.*?)(X{3,})([^X]*)$/s.exec(full);
  if (marks === null) {
    yield* io.complain(`too few X's in template ${io.quote(template)}`);
    return 1;
  }
  const path = (marks[1] ?? "") + randomLetters(sys, (marks[2] ?? "").length) + (marks[3] ?? "");
  const made = o.has("u") ? undefined : o.has("d") ? sys.mkdir(path, 0o700) : sys.open(path, { write: true, create: true, exclusive: true }, 0o600);
  if (isErrno(made)) {
    if (!o.has("q")) yield* io.complain(`failed to create ${o.has("d") ? "directory" : "file"} via template ${io.quote(full)}: ${strerror(made)}`);
    return 1;
  }
  if (typeof made === "number") sys.close(made);
  yield* io.out.text(`${path}\n`);
  return 0;
});
