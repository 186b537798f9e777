// `npm test`: every test there is, in stages, each with its heading; the last line is `N passed, N failed`.
//
//   provision → environments → types → format → build → vitest (layers, unit, agent) → electron → specs in both shells → processes
//
// A stage without tests of its own (types, format, …) counts as one. An Electron spec that was skipped is a failure, so
// is a process that outlived its test. Names of stages as arguments run only those: `npm test -- types vitest`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeEnvironments, provision } from './provision.mjs'
import { endLeftovers, leftovers, run, startDisplay, stopRunning } from './processes.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const limit = 44 * 60_000
process.chdir(root)
if (Number(process.versions.napi) < 10) {
  console.log(`Node ${process.versions.node} is too old for the tests: start them with \`npm test\`, after \`npm ci\``)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const results = mkdtempSync(join(tmpdir(), 'interleave-test-'))
const total = { passed: 0, failed: 0 }
const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 })
const tool = (path, ...args) => run([process.execPath, join('node_modules', path), ...args])

const stages = {
  provision: async () => one(await provision(run)),
  environments: async () => one(await makeEnvironments()),
  types: async () => one((await tool('typescript/bin/tsc', '--noEmit')) === 0),
  format: async () => one((await tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')) === 0),
  build: async () => one((await tool('electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn')) === 0),
  vitest: async () => {
    const report = join(results, 'vitest.json')
    const code = await tool(
      'vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    )
    return countVitest(report, code)
  },
  electron: async () => one((await run([process.execPath, '.ci/electron-dist.mjs'])) === 0),
  specs: async () => {
    const report = join(results, 'specs.json')
    const binary = spawnSync(process.execPath, ['.ci/electron-dist.mjs'], { encoding: 'utf8' }).stdout.trim()
    const display = await startDisplay()
    if (!display) return one(false)
    const env = { DISPLAY: display, ELECTRON_EXEC_PATH: binary, PLAYWRIGHT_JSON_OUTPUT_NAME: report }
    const args = ['test', '--config', '.ci/playwright.config.ts', '--reporter=list,json']
    const code = await run([process.execPath, 'node_modules/@playwright/test/cli.js', ...args], env)
    stopRunning()
    return countSpecs(report, code)
  },
  processes: async () => {
    const left = await leftovers()
    for (const { pid, command } of left) console.log(`left behind: ${pid} ${command}`)
    endLeftovers()
    return one(left.length === 0)
  },
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in stages))
if (unknown.length) {
  console.log(`there is no stage ${unknown.join(', ')}: ${Object.keys(stages).join(', ')}`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => giveUp(`stopped by ${signal}`))
const watchdog = setTimeout(() => giveUp(`not done after ${limit / 60_000} minutes`), limit)
mkdirSync('test-results', { recursive: true })

for (const [name, stage] of Object.entries(stages)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const started = performance.now()
  console.log(`\n━━ ${name} ${'━'.repeat(72 - name.length)}`)
  const { passed, failed } = await stage()
  total.passed += passed
  total.failed += failed
  console.log(
    `   ${name}: ${passed} passed, ${failed} failed in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  // Without its packages the rest would fail in a hundred ways that say the same.
  if (['provision', 'environments'].includes(name) && failed > 0) break
}
clearTimeout(watchdog)
finish(total)

function giveUp(why) {
  console.log(`\n${why}`)
  stopRunning()
  endLeftovers()
  finish({ ...total, failed: total.failed + 1 })
}
function finish({ passed, failed }) {
  stopRunning()
  rmSync(results, { recursive: true, force: true })
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

/** A file that could not be loaded has no tests: it counts as one that failed. */
function countVitest(report, code) {
  const json = readReport(report)
  if (!json) return one(false)
  const unloaded = json.testResults.filter(
    (f) => f.status === 'failed' && f.assertionResults.every((t) => t.status !== 'failed'),
  )
  const skipped = json.numPendingTests + json.numTodoTests
  if (skipped > 0) console.log(`   ${skipped} skipped, which count as neither`)
  const failed = json.numFailedTests + unloaded.length
  return { passed: json.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

function countSpecs(report, code) {
  const json = readReport(report)
  if (!json) return one(false)
  const { expected, flaky, unexpected, skipped } = json.stats
  for (const { message } of json.errors ?? []) console.log(message)
  if (skipped > 0) console.log(`   ${skipped} skipped: here every spec must run`)
  if (expected + flaky + unexpected + skipped === 0) console.log('   no spec was found')
  const failed = unexpected + skipped + (json.errors?.length ?? 0)
  return { passed: expected + flaky, failed: failed === 0 && (code !== 0 || expected === 0) ? 1 : failed }
}
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    console.log('   it ended without a report')
    return null
  }
}
