import { expect, test } from "vitest";
import type { Sys, Task } from "./sys.ts";
import { OsTestbed } from "./testbed.ts";

/** Runs a body with a pipe and an epoll that watches its read end; answers what it noted. */
function withPipe(body: (sys: Sys, epoll: number, read: number, write: number, note: (text: unknown) => void) => Task<void>): unknown[] {
  const notes: unknown[] = [];
  const { status } = new OsTestbed().run(function* (sys) {
    const [read, write] = sys.pipe();
    const epoll = sys.epollCreate();
    if (typeof epoll === "string") return 1;
    sys.epollCtl(epoll, read, { fd: read, in: true });
    yield* body(sys, epoll, read, write, (text) => notes.push(text));
    return 0;
  });
  expect(status).toEqual({ is: "exited", code: 0 });
  return notes;
}

const fdsOf = (got: unknown): unknown => (Array.isArray(got) ? got.map((r: { fd: number }) => r.fd) : got);

test("nothing there: it sleeps until the deadline; something there: it is told as long as it is not read", () => {
  const notes = withPipe(function* (sys, epoll, read, write, note) {
    const began = sys.nowNs;
    note(fdsOf(yield* sys.epollWait(epoll, began + 5_000_000)));
    note(sys.nowNs - began >= 5_000_000);
    yield* sys.write(write, "x");
    for (let i = 0; i < 2; i++) note(fdsOf(yield* sys.epollWait(epoll)));
    yield* sys.read(read, 10);
    note(fdsOf(yield* sys.epollWait(epoll, sys.nowNs)));
  });
  expect(notes).toEqual([[], true, [3], [3], []]);
});

test("a closed descriptor is forgotten, and its number may be watched anew", () => {
  const notes = withPipe(function* (sys, epoll, read, write, note) {
    yield* sys.write(write, "x");
    sys.close(read);
    note(fdsOf(yield* sys.epollWait(epoll, sys.nowNs)));
    const [again, other] = sys.pipe();
    note(again === read);
    note(sys.epollCtl(epoll, again, { fd: again, in: true }));
    yield* sys.write(other, "y");
    note(fdsOf(yield* sys.epollWait(epoll)));
  });
  expect(notes).toEqual([[], true, undefined, [3]]);
});

test("what is not watched, not open or not an epoll is refused; a watch can be ended", () => {
  const notes = withPipe(function* (sys, epoll, read, write, note) {
    note(sys.epollCtl(epoll, write, null));
    note(sys.epollCtl(epoll, 77, { fd: 77, in: true }));
    note(sys.epollCtl(read, write, { fd: write, out: true }));
    note(yield* sys.epollWait(read, sys.nowNs));
    yield* sys.write(write, "x");
    note(sys.epollCtl(epoll, read, null));
    note(fdsOf(yield* sys.epollWait(epoll, sys.nowNs)));
  });
  expect(notes).toEqual(["ENOENT", "EBADF", "EINVAL", "EINVAL", undefined, []]);
});
