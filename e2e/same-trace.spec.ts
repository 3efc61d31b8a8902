import { expect } from "playwright/test";
import { GOLDEN_HASH, GOLDEN_RUN } from "../src/testing/golden.ts";
import { test } from "./fixtures.ts";

test("same seed, same trace hash in this browser as recorded in Node", async ({ page }) => {
  await page.goto("./");
  await page.waitForFunction(() => performance.getEntriesByType("resource").some((e) => e.name.includes("engine.worker")));
  const hash = await page.evaluate(async (run) => {
    const url = performance.getEntriesByType("resource").map((e) => e.name).find((name) => name.includes("engine.worker"))!;
    const worker = new Worker(url, { type: "module" });
    const answer = new Promise<string>((resolve) => {
      worker.onmessage = (m: MessageEvent<{ type: string; hash: string }>) => { if (m.data.type === "fingerprinted") resolve(m.data.hash); };
    });
    worker.postMessage({ type: "fingerprint", request: 1, ...run });
    return await answer;
  }, GOLDEN_RUN);
  expect(hash).toBe(GOLDEN_HASH);
});
