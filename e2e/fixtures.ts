import { chromium, test as base } from "playwright/test";
import type { Browser } from "playwright/test";
import { findBrowser } from "../scripts/browser.ts";

interface Fixtures {
  /** What the page complained about so far: console errors and warnings, exceptions, failed requests. */
  readonly complaints: string[];
}

/**
 * Playwright's `test` with the browser that setup.ts found, `page.goto("./")` as the built page, and
 * every complaint of the page collected. A spec imports `test` and `expect` from here and from playwright.
 */
export const test = base.extend<Fixtures, { browser: Browser }>({
  browser: [async ({}, use) => {
    const browser = await chromium.launch(await findBrowser());
    await use(browser);
    await browser.close();
  }, { scope: "worker" }],

  baseURL: async ({}, use) => {
    const address = process.env["KNETSIM_PAGE"];
    if (address === undefined) throw new Error("setup.ts did not run");
    await use(address);
  },

  complaints: [async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
    page.on("requestfailed", (request) => complaints.push(`request failed: ${request.url()}`));
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
    });
    await use(complaints);
  }, { auto: true }],
});
