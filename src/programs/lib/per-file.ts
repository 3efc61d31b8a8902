import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { Input } from "./input.ts";
import { closeInput, openInput, type Io } from "./tool.ts";

/** The words for an input that cannot be opened or read. */
export interface Trouble {
  open(path: string, error: Errno): string;
  read(path: string, error: Errno): string;
}

/** `NAME: path: No such file or directory`, which most tools say. */
export const PLAIN_TROUBLE: Trouble = {
  open: (path, error) => `${path}: ${strerror(error)}`,
  read: (path, error) => `${path}: ${strerror(error)}`,
};

/** Runs `each` over the named inputs (stdin when none is named), telling what cannot be read. Answers 1 if anything failed. */
export function* eachInput(
  io: Io, operands: readonly string[], each: (input: Input, path: string) => Task<void>, end = "\n", trouble = PLAIN_TROUBLE,
): Task<number> {
  let status = 0;
  for (const path of operands.length > 0 ? operands : ["-"]) {
    const fd = openInput(io.sys, path);
    if (isErrno(fd)) {
      yield* io.complain(trouble.open(path, fd));
      status = 1;
      continue;
    }
    const input = new Input(io.sys, fd, end);
    yield* each(input, path);
    closeInput(io.sys, fd);
    if (input.error === undefined) continue;
    yield* io.complain(trouble.read(path, input.error));
    status = 1;
  }
  return status;
}
