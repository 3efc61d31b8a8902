import { createRequire } from "node:module";
import { expect } from "playwright/test";
import type { Page } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Finding { readonly id: string; readonly impact: string; readonly where: string }

interface AxeResult { readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }[] }

/** What axe calls serious or critical. */
async function seriousFindings(page: Page): Promise<Finding[]> {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate<AxeResult>("axe.run()");
  return violations.filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => ({ id: one.id, impact: one.impact, where: one.nodes.map((node) => node.html).join("\n") }));
}

for (const scheme of ["light", "dark"] as const) {
  for (const route of ["", "lab/two-clusters", "learn/c2-09-trace"]) {
    test(`#/${route} has no serious accessibility finding, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await new Lab(page).open(route);
      expect(await seriousFindings(page)).toEqual([]);
    });
  }
}

test("with a packet in view and the menu open there is none either", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.sees("rtt min");
  for (const tab of ["Headers", "Bytes", "Tables", "Journey"]) {
    await page.getByRole("tab", { name: tab }).click();
    expect(await seriousFindings(page), tab).toEqual([]);
  }
  await page.getByRole("button", { name: "Menu" }).click();
  expect(await seriousFindings(page), "menu").toEqual([]);
});
