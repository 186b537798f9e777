// The end-to-end specs, *.spec.ts beside the source, in a real Electron window and in Chromium. One at a time: they
// share two cores. ELECTRON_EXEC_PATH is set by .ci/test.mjs.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '..',
  testMatch: '**/*.spec.ts',
  testIgnore: ['**/node_modules/**', '**/out/**'],
  outputDir: '../test-results/playwright',
  workers: 1,
  retries: 0,
  timeout: 120_000,
  // a shared machine is slow now and then; nothing is asserted about time here
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: 'list',
})
