import { defineConfig } from 'vitest/config'

// Every *.test.ts beside the source. End-to-end specs are *.spec.ts and run under Playwright.
export default defineConfig({
  test: { include: ['{wire,main,renderer,agent,recipes}/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
})
