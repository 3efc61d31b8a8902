import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromUtf8 } from "../wire/text.ts";
import { OsTestbed } from "./testbed.ts";
import type { Sys } from "./sys.ts";

/** Runs calls as a process would make them and returns what they answered. */
function calls<T>(body: (sys: Sys) => T, bed = new OsTestbed()): T {
  let result: T | undefined;
  bed.run(function* (sys) {
    yield* sys.sleep(1);
    result = body(sys);
    return 0;
  });
  if (bed.kernel.crashes.length > 0) throw bed.kernel.crashes[0]!.error;
  return result as T;
}

const text = (got: Uint8Array | string): string => (typeof got === "string" ? got : fromUtf8(got));

describe("paths", () => {
  test("symlinks: relative, absolute, chained, to a directory; lstat and readlink see the link", () => {
    expect(calls((sys) => {
      sys.mkdir("/tmp/d");
      sys.writeFile("/tmp/d/f", "x");
      sys.symlink("d/f", "/tmp/rel");
      sys.symlink("/tmp/rel", "/tmp/abs");
      sys.symlink("d", "/tmp/dir");
      return [text(sys.readFile("/tmp/abs")), text(sys.readFile("/tmp/dir/f")), (sys.lstat("/tmp/dir") as { kind: string }).kind,
        (sys.lstat("/tmp/dir/") as { kind: string }).kind, sys.readlink("/tmp/abs"), sys.readlink("/tmp/d")];
    })).toEqual(["x", "x", "link", "dir", { target: "/tmp/rel" }, "EINVAL"]);
  });

  test("a loop of links: ELOOP", () => {
    expect(calls((sys) => {
      sys.symlink("b", "/tmp/a");
      sys.symlink("a", "/tmp/b");
      return [sys.stat("/tmp/a"), (sys.lstat("/tmp/a") as { kind: string }).kind];
    })).toEqual(["ELOOP", "link"]);
  });

  test.each([
    ["/nope", "ENOENT"], ["/nope/x", "ENOENT"], ["", "ENOENT"], ["/etc/hosts/", "ENOTDIR"], ["/etc/hosts/x", "ENOTDIR"],
    ["/etc/hosts/..", "ENOTDIR"], [`/${"n".repeat(256)}`, "ENAMETOOLONG"], [`/${"n/".repeat(3000)}`, "ENAMETOOLONG"],
  ])("stat %s: %s", (path, errno) => {
    expect(calls((sys) => sys.stat(path))).toBe(errno);
  });

  test("'..' above the root stays at the root; '..' after a symlinked directory is the real parent", () => {
    expect(calls((sys) => {
      sys.chdir("/../../etc");
      const first = sys.getcwd();
      sys.mkdir("/tmp/deep");
      sys.mkdir("/tmp/deep/er");
      sys.symlink("/tmp/deep/er", "/root/short");
      sys.chdir("/root/short/..");
      return [first, sys.getcwd()];
    })).toEqual(["/etc", "/tmp/deep"]);
  });

  test("merged /usr: /bin/x and /usr/bin/x are one file", () => {
    const bed = new OsTestbed();
    bed.kernel.install("/usr/bin/x", function* () { return 0; });
    expect(calls((sys) => [sys.stat("/bin/x"), sys.access("/bin/x", "execute"), sys.access("/etc/hosts", "execute")], bed))
      .toEqual([expect.objectContaining({ kind: "file", mode: 0o755, ino: (calls((sys) => sys.stat("/usr/bin/x"), bed) as { ino: number }).ino }), undefined, "EACCES"]);
  });

  test("any nonsense path answers an errno or a stat, and never throws; a found path is found again by its cwd", () => {
    const piece = fc.constantFrom("", ".", "..", "etc", "hosts", "tmp", "proc", "self", "fd", "0", "dev", "null", "run", "link", "loop", "sys", "class", "net", "lo");
    const bed = new OsTestbed();
    calls((sys) => {
      sys.symlink("../etc", "/tmp/link");
      sys.symlink("loop", "/tmp/loop");
      fc.assert(fc.property(fc.array(piece, { maxLength: 9 }), fc.boolean(), (pieces, absolute) => {
        const path = (absolute ? "/" : "") + pieces.join("/");
        sys.chdir("/tmp");
        const found = sys.stat(path);
        if (typeof found === "string") return void expect(["ENOENT", "ENOTDIR", "ELOOP"]).toContain(found);
        if (found.kind !== "dir") return void expect(sys.chdir(path)).toBe("ENOTDIR");
        expect(sys.chdir(path)).toBeUndefined();
        const cwd = sys.getcwd();
        expect(cwd).toMatch(/^\/$|^(\/[^/]+)+$/);
        expect(cwd).not.toMatch(/\/\.\.?(\/|$)/);
        expect(sys.chdir(cwd)).toBeUndefined();
        expect(sys.getcwd()).toBe(cwd);
      }), { numRuns: 500 });
    }, bed);
  });

  test("any order of creating, moving and removing: the tree is what a plain map of paths says", () => {
    const name = fc.constantFrom("a", "b", "c", "a/x", "b/x", "a/x/y");
    const op = fc.oneof(
      fc.record({ op: fc.constant("mkdir"), path: name, to: name }), fc.record({ op: fc.constant("write"), path: name, to: name }),
      fc.record({ op: fc.constant("unlink"), path: name, to: name }), fc.record({ op: fc.constant("rmdir"), path: name, to: name }),
      fc.record({ op: fc.constant("rename"), path: name, to: name }),
    );
    fc.assert(fc.property(fc.array(op, { maxLength: 25 }), (ops) => {
      calls((sys) => {
        sys.chdir("/tmp");
        const model = new Map<string, "dir" | "file">();
        for (const { op: what, path, to } of ops) step(sys, model, what, path, to);
        const seen = new Map<string, "dir" | "file">();
        collect(sys, "", seen);
        expect([...seen].sort()).toEqual([...model].sort());
      });
    }), { numRuns: 150 });
  });
});

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

function step(sys: Sys, model: Map<string, "dir" | "file">, what: string, path: string, to: string): void {
  const parentOk = (p: string): boolean => parentOf(p) === "" || model.get(parentOf(p)) === "dir";
  const children = (p: string): string[] => [...model.keys()].filter((key) => key.startsWith(`${p}/`));
  const done = (): boolean => {
    switch (what) {
      case "mkdir": return sys.mkdir(path) === undefined;
      case "write": return sys.writeFile(path, "x") === undefined;
      case "unlink": return sys.unlink(path) === undefined;
      case "rmdir": return sys.rmdir(path) === undefined;
      default: return sys.rename(path, to) === undefined;
    }
  };
  const had = model.get(path);
  const over = model.get(to);
  switch (what) {
    case "mkdir":
      expect(done()).toBe(parentOk(path) && had === undefined);
      if (parentOk(path) && had === undefined) model.set(path, "dir");
      break;
    case "write":
      expect(done()).toBe(parentOk(path) && had !== "dir");
      if (parentOk(path) && had !== "dir") model.set(path, "file");
      break;
    case "unlink":
      expect(done()).toBe(had === "file");
      if (had === "file") model.delete(path);
      break;
    case "rmdir":
      expect(done()).toBe(had === "dir" && children(path).length === 0);
      if (had === "dir" && children(path).length === 0) model.delete(path);
      break;
    default: {
      const fits = over === undefined || over === had && (over === "file" || children(to).length === 0) || path === to;
      const ok = had !== undefined && parentOk(to) && fits && !to.startsWith(`${path}/`);
      expect(done()).toBe(ok);
      if (!ok || path === to) break;
      const moved = [path, ...children(path)].map((key) => [to + key.slice(path.length), model.get(key)!] as const);
      for (const key of [path, ...children(path)]) model.delete(key);
      for (const [key, kind] of moved) model.set(key, kind);
    }
  }
}

function collect(sys: Sys, prefix: string, into: Map<string, "dir" | "file">): void {
  for (const name of sys.readdir(prefix || ".") as string[]) {
    const path = prefix ? `${prefix}/${name}` : name;
    const { kind } = sys.lstat(path) as { kind: "dir" | "file" };
    into.set(path, kind);
    if (kind === "dir") collect(sys, path, into);
  }
}

describe("files", () => {
  test("open flags: exclusive on an existing file EEXIST, missing ENOENT, directory for writing EISDIR, new with trailing slash EISDIR", () => {
    expect(calls((sys) => [
      sys.open("/etc/hosts", { write: true, create: true, exclusive: true }), sys.open("/tmp/x", { write: true }),
      sys.open("/tmp", { write: true }), sys.open("/tmp/new/", { write: true, create: true }), sys.open("/nodir/x", { write: true, create: true }),
    ])).toEqual(["EEXIST", "ENOENT", "EISDIR", "EISDIR", "ENOENT"]);
  });

  test("descriptions are shared by dup: one offset; opening twice gives two", () => {
    const bed = new OsTestbed();
    const out = bed.run(function* (sys) {
      sys.writeFile("/tmp/f", "abcdef");
      const a = sys.open("/tmp/f", { read: true }) as number;
      const b = sys.dup(a) as number;
      const c = sys.open("/tmp/f", { read: true }) as number;
      for (const fd of [a, b, c]) yield* sys.write(1, (yield* sys.read(fd, 2)) as Uint8Array);
      yield* sys.write(1, ` ${String(sys.seek(a, -1, "end"))} ${fromUtf8((yield* sys.read(b, 9)) as Uint8Array)}`);
      return 0;
    });
    expect(out.stdout).toBe("abcdab 5 f");
  });

  test("append always writes at the end; a hole reads as zeros; umask takes bits away", () => {
    const bed = new OsTestbed();
    bed.run(function* (sys) {
      sys.umask(0o027);
      const a = sys.open("/tmp/f", { write: true, create: true, append: true }) as number;
      sys.writeFile("/tmp/f", "1", { append: true });
      yield* sys.write(a, "2");
      const b = sys.open("/tmp/f", { write: true }) as number;
      sys.seek(b, 4, "set");
      yield* sys.write(b, "5");
      expect(sys.readFile("/tmp/f")).toEqual(Uint8Array.from([49, 50, 0, 0, 53]));
      expect(sys.stat("/tmp/f")).toMatchObject({ mode: 0o640, size: 5 });
      return 0;
    });
    expect(bed.kernel.crashes).toEqual([]);
  });

  test("a deleted file lives on in open descriptors; its space comes back when they close", () => {
    const bed = new OsTestbed();
    const used = bed.kernel.fs.usedBytes;
    bed.run(function* (sys) {
      sys.writeFile("/tmp/f", "abc");
      const fd = sys.open("/tmp/f", { read: true }) as number;
      sys.unlink("/tmp/f");
      expect(sys.stat("/tmp/f")).toBe("ENOENT");
      expect(fromUtf8((yield* sys.read(fd, 9)) as Uint8Array)).toBe("abc");
      expect(sys.readlink(`/proc/self/fd/${fd}`)).toEqual({ target: "/tmp/f (deleted)" });
      expect(bed.kernel.fs.usedBytes).toBe(used + 3);
      sys.close(fd);
      return 0;
    });
    expect(bed.kernel.crashes).toEqual([]);
    expect(bed.kernel.fs.usedBytes).toBe(used);
  });

  test("hard link: two names, one file; it lives until the last name is gone; directories EPERM, /proc EXDEV, existing EEXIST", () => {
    expect(calls((sys) => {
      sys.writeFile("/tmp/a", "x");
      const made = sys.link("/tmp/a", "/tmp/b");
      sys.writeFile("/tmp/b", "yy");
      const both = [sys.stat("/tmp/a"), sys.stat("/tmp/b")] as { nlink: number; size: number; ino: number }[];
      sys.unlink("/tmp/a");
      return [made, both[0]!.ino === both[1]!.ino, both[0]!.nlink, both[0]!.size, text(sys.readFile("/tmp/b")), (sys.stat("/tmp/b") as { nlink: number }).nlink,
        sys.link("/etc", "/tmp/c"), sys.link("/proc/version", "/tmp/c"), sys.link("/tmp/b", "/etc/hosts"), sys.link("/tmp/b", "/nope/c")];
    })).toEqual([undefined, true, 2, 2, "yy", 1, "EPERM", "EXDEV", "EEXIST", "ENOENT"]);
  });

  test("a file beyond 64 MiB: ENOSPC", () => {
    const bed = new OsTestbed();
    let failed: unknown;
    bed.run(function* (sys) {
      const fd = sys.open("/tmp/big", { write: true, create: true }) as number;
      sys.seek(fd, 64 * 1024 * 1024 - 1, "set");
      expect(yield* sys.write(fd, "x")).toBeUndefined();
      failed = yield* sys.write(fd, "y");
      return 0;
    });
    expect(failed).toBe("ENOSPC");
  });

  test("devices: null swallows and is empty, zero gives zeros, full refuses; random is seeded", () => {
    const random = (): unknown => calls((sys) => {
      const fd = sys.open("/dev/urandom", { read: true });
      return [fd, sys.random(), sys.writeFile("/dev/null", "x"), text(sys.readFile("/dev/null")), sys.writeFile("/dev/full", "x"), sys.stat("/dev/null")];
    });
    expect(random()).toEqual([expect.any(Number), expect.any(Number), undefined, "", "ENOSPC", expect.objectContaining({ kind: "char", mode: 0o666, rdev: [1, 3] })]);
    expect(random()).toEqual(random());
  });

  test("rename over a non-empty directory ENOTEMPTY, into itself EINVAL, rmdir of /proc/self EPERM-like refusals", () => {
    expect(calls((sys) => {
      sys.mkdir("/tmp/a");
      sys.mkdir("/tmp/b");
      sys.writeFile("/tmp/b/f", "");
      return [sys.rename("/tmp/a", "/tmp/b"), sys.rename("/tmp/b", "/tmp/b/c"), sys.rename("/tmp/b/f", "/tmp/a"), sys.rmdir("/tmp/b"),
        sys.mkdir("/proc/x"), sys.writeFile("/proc/x", ""), sys.writeFile("/sys/class/net/x", ""), sys.unlink("/tmp/a"), sys.mkdir("/tmp/a")];
    })).toEqual(["ENOTEMPTY", "EINVAL", "EISDIR", "ENOTEMPTY", "ENOENT", "ENOENT", "EACCES", "EISDIR", "EEXIST"]);
  });
});
