import { defineConfig } from "playwright/test";

/** What only a browser can show. `npm run e2e` builds the page first; see e2e/setup.ts for browser and server. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  globalSetup: "./e2e/setup.ts",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  reporter: "list",
  use: { viewport: { width: 1366, height: 768 }, locale: "en-GB", timezoneId: "UTC", trace: "off" },
});
