import { expect } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

test("the first page sends a ping by itself, lets the visitor send one, and asks before it happens", async ({ page, complaints }) => {
  const lab = new Lab(page);
  await page.goto("./");
  await expect(page.getByText("Stopped inside the tunnel")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("to send your own")).toBeVisible({ timeout: 20_000 });
  await lab.sees(/ttl=62[^]*# ping -c 1 11\.11\.0\.2/);
  await lab.type("\n");
  await page.getByLabel(/one inside the other/).click({ timeout: 20_000 });
  await expect(page.getByText("It did")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("link", { name: /Start the lesson/ })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a click on a machine opens a shell there", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await page.getByRole("button", { name: "Outline" }).click();
  await page.getByRole("treeitem", { name: /C0w2/ }).first().click();
  await page.getByRole("button", { name: "Shell here" }).click();
  await lab.sees("C0w2#");
});

for (const [name, width, height] of [["laptop", 1366, 768], ["large", 1920, 1080], ["phone", 390, 844]] as const) {
  test(`nothing overflows the window on a ${name}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await new Lab(page).page.goto("./#/learn/c2-09-trace");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const overflow = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
    expect(overflow).toEqual([0, 0]);
  });
}
