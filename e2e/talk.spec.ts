import { expect } from "playwright/test";
import type { Page } from "playwright/test";
import { test } from "./fixtures.ts";
import { Lab } from "./lab.ts";

/** Opens a shell at a place by the list behind "+". */
async function shellAt(page: Page, place: string): Promise<void> {
  await page.getByRole("button", { name: "New shell" }).click();
  await page.getByRole("menuitem", { name: place, exact: true }).click();
}

test("a request through the ingress: two connections, and what was said on each", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await shellAt(page, "C0e1");
  await lab.sees("C0e1#");
  await lab.type("curl -s 10.0.0.3:8001/svc1\n");
  await lab.sees(/S1-W[23]/);
  await page.locator('[data-tab="talk"]').click();
  const choice = page.getByLabel("Connection");
  await expect.poll(() => choice.locator("option").allInnerTexts()).toEqual(expect.arrayContaining([
    "curl in C0e1 → nginx in C0w1, port 8001", expect.stringMatching(/^nginx in C0w1 → python3 in C0w[23]\/ic[01], port 8000$/),
  ]));
  await choice.selectOption({ label: "curl in C0e1 → nginx in C0w1, port 8001" });
  await expect(page.locator(".talk .client .words").first()).toContainText("GET /svc1 HTTP/1.1");
  await expect(page.locator(".talk .server .words").first()).toContainText("Server: nginx/1.22.1");
  const inner = (await choice.locator("option").allInnerTexts()).find((text) => text.startsWith("nginx"));
  await choice.selectOption({ label: inner ?? "" });
  await expect(page.locator(".talk .client .words").first()).toContainText("Host: 100.64.11.1:8000");
  await expect(page.locator(".talk .server .words").first()).toContainText("HTTP/1.0 200 OK");
});

test("a port where nobody listens: the reset is marked, with its reason", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open("lab/two-clusters");
  await lab.speed("instant");
  await lab.type("curl -sS 11.11.0.2:81\n");
  await lab.sees("curl: (7) Failed to connect to 11.11.0.2 port 81");
  await page.locator('[data-tab="talk"]').click();
  await expect(page.locator(".talk .mark.reset")).toContainText("reset (RST)");
});
