import { expect, test } from "vitest";
import { OsTestbed } from "./testbed.ts";
import type { Program } from "./sys.ts";

const hello: Program = function* (sys, argv) {
  yield* sys.write(1, `${argv[0]} ${sys.nowNs}\n`);
  return 7;
};

/** Runs /bin/rare from a shell-like parent; `early` = the program is there from the start. Returns what it printed and the status. */
function run(early: boolean): string {
  const bed = new OsTestbed();
  bed.kernel.install("/bin/rare", null);
  if (early) bed.kernel.supplyPrograms(new Map([["/bin/rare", hello]]));
  const out = bed.kernel.newCapture();
  const p = bed.start(function* (sys) {
    sys.spawn({ run: "/bin/rare", argv: ["rare"] });
    const status = yield* sys.waitpid();
    return typeof status === "object" && status.is === "exited" ? status.code : 99;
  }, [bed.kernel.newFeed(new Uint8Array(0)), out, out]);
  while (p.alive) {
    if (bed.kernel.wantsPrograms) bed.kernel.supplyPrograms(new Map([["/bin/rare", hello]]));
    bed.sim.step();
  }
  return `${new TextDecoder().decode(out.bytes())}${JSON.stringify(p.status)}`;
}

test("a program brought when it is first wanted runs at the same instants as one that was there", () => {
  expect(run(false)).toBe(run(true));
  expect(run(true)).toContain('"code":7');
});

test("a program that was not brought when its first turn comes is our own bug, and is told", () => {
  const bed = new OsTestbed();
  bed.kernel.install("/bin/rare", null);
  const p = bed.start("/bin/rare", [bed.kernel.newFeed(new Uint8Array(0)), bed.kernel.newCapture(), bed.kernel.newCapture()]);
  while (p.alive && bed.sim.step());
  expect(bed.kernel.crashes.map((crash) => String(crash.error))).toEqual(["Error: /bin/rare began before it was brought"]);
});
