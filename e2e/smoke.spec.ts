import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import { test } from "./fixtures.ts";

test("the page opens under a path of a static host, without a complaint", async ({ page, complaints }) => {
  await page.goto("./");
  await expect(page).toHaveTitle(/knetsim/);
  await expect(page.locator("#root")).not.toBeEmpty();
  expect(complaints).toEqual([]);
});

test("the page asks no other server for anything", async ({ page, baseURL }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== new URL(baseURL ?? "").origin) elsewhere.push(url.href);
  });
  await page.goto("./", { waitUntil: "networkidle" });
  expect(elsewhere).toEqual([]);
});

test("the built files do not name the folder they were built in", () => {
  const root = join(import.meta.dirname, "..");
  const built = join(root, "dist/page");
  const files = readdirSync(built, { recursive: true, encoding: "utf8" }).map((path) => join(built, path)).filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((path) => readFileSync(path, "utf8").includes(root))).toEqual([]);
});
