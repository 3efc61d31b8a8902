import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "lessons/**/*.test.ts"],
    environment: "node",
    testTimeout: 20_000,
  },
});
