import { expect } from "playwright/test";
import type { Page } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

/** Moves the focus with Tab until it is on an element with this name. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const label = await page.evaluate(() => {
      const element = document.activeElement;
      // A pane holds the words of all its controls: only a control's own name counts.
      if (element?.matches("section, main, [role=region]") === true) return "";
      return `${element?.getAttribute("aria-label") ?? ""} ${element?.closest("label")?.textContent ?? element?.textContent ?? ""}`;
    });
    if (name.test(label)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reached ${name}`);
}

/** Leaves a shell for the lesson. */
async function toLesson(page: Page): Promise<void> {
  for (let i = 0; i < 8; i++) {
    if (await page.evaluate(() => document.activeElement?.closest("[data-pane]")?.getAttribute("data-pane") === "side")) return;
    await page.keyboard.press("F6");
  }
}

test("the lesson is done by keyboard alone", async ({ page, complaints }) => {
  test.setTimeout(120_000);
  const lab = new Lab(page);
  await lab.open("learn/c2-09-trace");
  await lab.speed("4");

  await toLesson(page);
  await tabTo(page, /^ tcpdump/);
  await page.keyboard.press("Enter");
  await lab.sees("tcpdump -ni flannel.100 -c 2 icmp");
  await page.waitForTimeout(1500);
  await page.keyboard.press("Enter");
  await expect(page.getByText("All checks hold.")).toBeVisible({ timeout: 20_000 });

  await toLesson(page);
  await tabTo(page, /Next/);
  await page.keyboard.press("Enter");
  await tabTo(page, /the pod c1/);
  await page.keyboard.press("Space");
  await tabTo(page, /^ ping/);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(1500);
  await page.keyboard.press("Enter");
  await expect(page.getByText("It did")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/paused with the simulation/)).toBeVisible();

  await toLesson(page);
  await page.keyboard.press("k");
  await expect(page.getByText("All checks hold.")).toBeVisible({ timeout: 40_000 });
  expect(complaints).toEqual([]);
});

test("a command card is locked until the prediction is made", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("learn/c2-09-trace");
  await page.getByRole("button", { name: "Skip" }).click();
  const card = page.locator(".type-it");
  await expect(card).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("I don't know").check();
  await expect(card).toHaveAttribute("aria-disabled", "false");
});
