import { expect } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

test("a ping typed in a pod's shell is answered when its reply has visibly arrived", async ({ page, complaints }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.sees("56(84) bytes of data");
  expect(await lab.screen()).not.toContain("ttl=62");
  await lab.speed("4");
  await lab.sees(/64 bytes from 11\.11\.0\.2: icmp_seq=1 ttl=62/, 40_000);
  await expect(page.getByRole("list", { name: /Journey of ping/ })).toContainText("wrap in VXLAN");
  expect(complaints).toEqual([]);
});

test("80 columns fit the shell on a laptop", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("learn/c2-09-trace");
  await lab.type(`echo ${"x".repeat(80)}y\n`);
  await lab.sees(`\n${"x".repeat(80)}\n`);
});

/** What a look gives once it gives the same twice, a while apart: a shell is drawn anew row by row. */
async function settled(look: () => Promise<string>): Promise<string> {
  for (let before = await look(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const now = await look();
    if (now === before) return now;
    before = now;
  }
}

test("back to the start and forward again shows the same screen, journey and tables", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.sees("rtt min");
  await page.getByRole("tab", { name: "Tables" }).click();
  const look = async (): Promise<string> => `${await lab.screen()}\n${await page.locator(".tables-tab").innerText()}`;
  await lab.timeline.focus();
  await page.keyboard.press("End");
  await lab.sees(/rtt min[^\n]*\n/);
  const end = await settled(look);
  await page.keyboard.press("Home");
  await expect(page.locator(".frame")).toHaveAttribute("data-past");
  await lab.sees(/bytes of data\.\s*$/);
  await page.keyboard.press("End");
  await expect.poll(look).toBe(end);
});

test("typing in the past goes back to live", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.sees("rtt min");
  await lab.timeline.focus();
  await page.keyboard.press("Home");
  await lab.type("echo now\n");
  await expect(page.locator(".frame")).not.toHaveAttribute("data-past");
  await lab.sees("\nnow");
});

test("Ctrl-C ends ping, which prints its summary", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await lab.type("ping 11.11.0.2\n");
  await lab.sees("icmp_seq=2");
  await page.keyboard.press("Control+c");
  await lab.sees(/--- 11\.11\.0\.2 ping statistics ---[^]*\d+ packets transmitted/);
});

test("an endless loop leaves the page and other shells live, and Ctrl-C stops it", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.type("while :; do :; done\n");
  await page.waitForTimeout(500);
  await lab.button("New shell");
  await page.getByRole("menuitem", { name: "C0w2", exact: true }).click();
  await lab.sees("C0w2#");
  await lab.type("echo alive\n");
  await lab.sees("\nalive", 5_000);
  await page.keyboard.press("Alt+BracketLeft");
  await page.keyboard.press("Control+c");
  await lab.sees(/\^C\s*\n?C0w1\/c1#/, 10_000);
});

test("stepping moves by decisions and hops, and pause holds the shell with the simulation", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await page.getByRole("button", { name: "Pause" }).click();
  await lab.type("ping -c 1 11.11.0.2\n");
  await lab.button(/^Hop/);
  await expect(page.getByText(/paused with the simulation at hop/)).toBeVisible();
  const before = Number(await lab.timeline.getAttribute("aria-valuenow"));
  await lab.button(/^Event/);
  expect(Number(await lab.timeline.getAttribute("aria-valuenow"))).toBe(before + 1);
  await lab.button("Back one event");
  expect(Number(await lab.timeline.getAttribute("aria-valuenow"))).toBe(before);
});

test("several pasted lines are shown before they run", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await page.evaluate(() => navigator.clipboard.writeText("echo one\necho two\n"));
  await lab.type("");
  await page.keyboard.press("Control+v");
  await expect(page.getByRole("alertdialog", { name: "Paste several lines" })).toContainText("echo two");
  await page.getByRole("button", { name: "Paste", exact: true }).click();
  await lab.sees("\ntwo");
});
