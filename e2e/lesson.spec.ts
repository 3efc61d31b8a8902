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

/** From wherever the focus is: the card's command typed into its shell, and Enter. */
async function runCard(page: Page, lab: Lab, command: RegExp): Promise<void> {
  await toLesson(page);
  await tabTo(page, command);
  await page.keyboard.press("Enter");
  await lab.sees(new RegExp(`# ${command.source.trim().replace(/^\^ /, "")}[^\n]*\n*$`));
  await page.waitForTimeout(1300);
  await page.keyboard.press("Enter");
}

/** Tab reaches a question's first option, the arrow keys the others. */
async function choose(page: Page, first: RegExp, down = 0): Promise<void> {
  await toLesson(page);
  await tabTo(page, first);
  await page.keyboard.press("Space");
  for (let i = 0; i < down; i++) await page.keyboard.press("ArrowDown");
}

async function next(page: Page): Promise<void> {
  await expect(page.getByText("All checks hold.")).toBeVisible({ timeout: 40_000 });
  await toLesson(page);
  await tabTo(page, /^ (Next|Finish)/);
  await page.keyboard.press("Enter");
}

test("the lesson is done by keyboard alone", async ({ page, complaints }) => {
  test.setTimeout(150_000);
  const lab = new Lab(page);
  await lab.open("learn/c2-09-trace");
  await lab.speed("4");

  await runCard(page, lab, /^ tcpdump/);
  await next(page);

  await choose(page, /the pod c1/);
  await runCard(page, lab, /^ ping/);
  await expect(page.getByText("It did")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/paused with the simulation/)).toBeVisible();
  await toLesson(page);
  await page.keyboard.press("k");
  await next(page);

  await choose(page, /an ICMP packet everywhere/, 1);
  await expect(page.getByLabel(/on that wire it is a UDP packet/)).toBeChecked();
  await runCard(page, lab, /^ tcpdump -ni cni0/);
  await lab.sees("listening on cni0");
  await runCard(page, lab, /^ tcpdump -ni C0w2-eth0/);
  await lab.sees("listening on C0w2-eth0");
  await runCard(page, lab, /^ ping/);
  await next(page);
  await expect(page.getByText("You are through.")).toBeVisible();
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
