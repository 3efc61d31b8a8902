import { expect, test } from "vitest";
import type { NfnlEvent } from "../net/uapi/nfnetlink.ts";
import { OsTestbed, program } from "./testbed.ts";

const ADD = { create: true, excl: false };

test("a program makes a table, another that listens hears of it and of the generation", () => {
  const box = new OsTestbed();
  const heard: NfnlEvent[] = [];
  const listener = box.start(program(function* (sys) {
    const fd = sys.nfnlSubscribe(["nftables"]) as number;
    for (let i = 0; i < 2; i++) {
      const got = yield* sys.nfnlReceive(fd);
      if (typeof got !== "string") heard.push(got);
    }
  }), [box.kernel.newFeed(new Uint8Array(0)), box.kernel.newCapture(), box.kernel.newCapture()]);
  box.pass(1_000_000);
  box.run(program(function* (sys) {
    sys.nftBatch([{ op: "table.new", nlm: ADD, family: "ip", name: "t", dormant: false, userdata: null }]);
    yield* sys.sleep(1);
  }), "", ["nft"]);
  box.settle(listener);
  expect(heard.map((e) => (e.group === "nftables" ? (e.change.what === "gen" ? `gen ${e.change.genid} ${e.change.comm}` : e.change.what) : e.group))).toEqual(["table", "gen 2 nft"]);
});

test("a listener that waits until a deadline gets EAGAIN", () => {
  const box = new OsTestbed();
  const { stdout } = box.run(program(function* (sys) {
    const fd = sys.nfnlSubscribe(["nftables", "nftrace", "conntrack"]) as number;
    const got = yield* sys.nfnlReceive(fd, sys.nowNs + 1000);
    yield* sys.write(1, new TextEncoder().encode(String(got)));
    yield* sys.write(1, new TextEncoder().encode(` ${yield* sys.nfnlReceive(1)}`));
  }));
  expect(stdout).toBe("EAGAIN ENOTSOCK");
});
