import { expect } from "playwright/test";
import type { Locator, Page } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

const map = (page: Page): Locator => page.getByRole("application", { name: /Map of/ });
const crumbs = (page: Page): Locator => page.getByRole("navigation", { name: "Place in the map" });

/** The canvas of packets, as a picture that can be compared. */
const packets = (page: Page): Promise<string> =>
  page.locator("canvas.topology-moving").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

async function openMap(page: Page): Promise<Lab> {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await expect(map(page)).toBeVisible();
  return lab;
}

/** Selects a place in the outline tree, by keyboard only. */
async function select(page: Page, downs: readonly string[]): Promise<void> {
  await page.getByRole("tree").getByRole("treeitem").first().focus();
  for (const key of [...downs, "Enter"]) await page.keyboard.press(key);
}

const TO_C0W1 = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"] as const;

test("the map says in words what it shows", async ({ page }) => {
  await openMap(page);
  await expect(map(page)).toHaveAccessibleName(/2 clusters with 6 workers and 11 pods/);
});

test("outline, map and context bar share one selection; arrows walk along links", async ({ page }) => {
  await openMap(page);
  await select(page, [...TO_C0W1, "ArrowRight", "ArrowDown"]);
  await expect(crumbs(page)).toContainText("c1");
  await map(page).focus();
  await page.keyboard.press("ArrowDown");
  await expect(crumbs(page)).toContainText("C0w1 cni0");
  await page.keyboard.press("ArrowUp");
  await expect(crumbs(page)).toContainText("c1");
});

test("a shell opens on what is selected, without a pointer", async ({ page }) => {
  const lab = await openMap(page);
  await select(page, [...TO_C0W1]);
  await crumbs(page).getByRole("button", { name: "Shell here" }).press("Enter");
  await lab.sees("C0w1#");
});

test("Enter looks into a worker, Escape comes back", async ({ page }) => {
  await openMap(page);
  await select(page, [...TO_C0W1]);
  await map(page).focus();
  await page.keyboard.press("Enter");
  await expect(crumbs(page).getByRole("button", { name: "Look in" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(crumbs(page).getByRole("button")).toHaveCount(0);
});

test("stepping back shows, event by event, the very pictures of stepping forward", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const lab = await openMap(page);
  await lab.speed("instant");
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.sees("rtt min");
  await page.locator("body").click({ position: { x: 200, y: 10 } });
  await page.keyboard.press("Home");
  const forwards: string[] = [];
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press("l");
    forwards.push(await settled(page));
  }
  const backwards: string[] = [];
  for (let i = 0; i < 25; i++) {
    backwards.unshift(await settled(page));
    await page.keyboard.press("j");
  }
  expect(new Set(forwards).size).toBeGreaterThan(10);
  expect(backwards.map((picture, i) => picture === forwards[i])).toEqual(forwards.map(() => true));
});

/** The picture once a frame of animation has passed. */
async function settled(page: Page): Promise<string> {
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => { requestAnimationFrame(done); }); }));
  return packets(page);
}

test("a namespace added by hand appears on the map and in the outline", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/lab", "lab#");
  await lab.speed("instant");
  await lab.type("ip netns add red\n");
  await page.getByRole("button", { name: "Outline" }).click();
  await expect(page.getByRole("treeitem", { name: /Namespace red/ })).toBeVisible();
});
