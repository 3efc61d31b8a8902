import { expect } from "playwright/test";
import type { Locator, Page } from "playwright/test";

/** What specs do with the page, in its own words. */
export class Lab {
  readonly page: Page;
  constructor(page: Page) { this.page = page; }

  /** Opens a route and waits until a shell shows its prompt. */
  async open(route: string, prompt = "C0w1/c1#"): Promise<void> {
    await this.page.goto(`./#/${route}`);
    await expect.poll(() => this.screen(), { timeout: 20_000 }).toContain(prompt);
  }

  /** The text of the shell in front, as a person sees it. */
  async screen(): Promise<string> {
    return this.page.locator(".screen:not([hidden]) .xterm-rows > div").allInnerTexts().then((rows) => rows.join("\n").replace(/\u00a0/g, " "));
  }

  async type(text: string): Promise<void> {
    await this.page.locator(".screen:not([hidden]) textarea").focus();
    await this.page.keyboard.type(text);
  }

  async speed(value: "1" | "4" | "instant"): Promise<void> {
    await this.page.getByLabel("Speed").selectOption(value);
  }

  async sees(text: string | RegExp, timeout = 15_000): Promise<void> {
    const matcher = expect.poll(() => this.screen(), { timeout });
    await (typeof text === "string" ? matcher.toContain(text) : matcher.toMatch(text));
  }

  get timeline(): Locator { return this.page.getByRole("slider", { name: "Timeline" }); }

  async button(name: string | RegExp): Promise<void> { await this.page.getByRole("button", { name }).first().click(); }
}
