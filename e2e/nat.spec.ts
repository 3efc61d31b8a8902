import { expect } from "playwright/test";
import type { Page } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

/** Steps by events until the line in view begins so. */
async function stepTo(page: Page, words: RegExp): Promise<void> {
  const line = page.locator(".hop-line.now");
  for (let i = 0; i < 60; i++) {
    await page.getByRole("button", { name: /^Event/ }).click();
    await page.waitForTimeout(50);
    if (words.test((await line.allInnerTexts()).join(" "))) return;
  }
  throw new Error(`never came: ${words}`);
}

test("a ping to a service: the rule that chose, the address it turned, the table it stands in", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.button("Pause");
  await lab.type("ping -c 1 100.64.10.1\n");
  await stepTo(page, /^nft rule/);
  await expect(page.locator(".hop-line.now")).toContainText("ip daddr 100.64.10.1 counter dnat to jhash ip checksum mod 2 map");
  await stepTo(page, /^translate address/);
  await expect(page.locator(".packet-shell s")).toHaveText("was 100.64.10.1");
  await expect(page.locator(".hop-line.now")).toContainText(/destination 100\.64\.10\.1 → 11\.\d+\.\d+\.2/);
  await stepTo(page, /^nft rule.*masquerade/);
  await page.locator(".hop-line.now").click();
  await expect(page.locator(".table-row.won")).toContainText("ip daddr != 224.0.0.0/4 counter masquerade");
});
