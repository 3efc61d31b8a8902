import { expect, test } from "vitest";
import { fillIn, resolveVars } from "./lesson-vars.ts";
import { bootTwoClusters } from "./two-clusters.ts";

test("variables stand for addresses of this world, those of nothing are left out", () => {
  const vars = resolveVars(bootTwoClusters(1), {
    pod: { ip: "C0/c2" }, same: { ip: "C0w2/c2" }, worker: { ip: "C0w1" }, vtep: { ip: "C0w1:flannel.100" }, pods: { subnet: "C0w1:cni0" }, wide: { subnet: "C0w1:flannel.100" },
    mac: { mac: "C0w2:flannel.100" }, five: { value: 5 }, nobody: { ip: "C0/c9" }, nothing: { ip: "C0w1:eth9" },
  });
  expect(vars).toEqual({
    pod: "11.11.0.2", same: "11.11.0.2", worker: "10.0.0.3", vtep: "11.10.128.0", pods: "11.10.128.0/20", wide: "11.0.0.0/8",
    mac: expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/), five: "5",
  });
});

test("other seeds, other addresses", () => {
  expect(resolveVars(bootTwoClusters(2), { pod: { ip: "C0/c2" } })).not.toEqual({ pod: "11.11.0.2" });
});

test("an unknown variable stays visible", () => {
  expect(fillIn("ping ${c2} ${c9}", { c2: "11.11.0.2" })).toBe("ping 11.11.0.2 ${c9}");
});
