import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chapterPython, installPackages } from './chapters.ts'
import { checkGpu, checkOpencl, nvidiaOf } from './gpu.ts'

const gpu = () => chapterPython('gpu')
const named = async (system?: string) =>
  Object.fromEntries((await checkGpu(process.env, system)).map((check) => [check.name, check]))

/** A machine with that card, and with that driver running. */
function machine(onTestFinished: (stop: () => void) => void, { card = '', driver = '' }) {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-machine-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
  }
  if (card) write('sys/bus/pci/devices/0000:17:00.0/vendor', card)
  if (card) write('sys/bus/pci/devices/0000:17:00.0/class', '0x030200')
  if (driver) write('proc/driver/nvidia/version', driver)
  return folder
}

test('the devices of OpenCL are named, and what a machine without an NVIDIA GPU has no use for is not missing', async ({
  onTestFinished,
}) => {
  await installPackages(await gpu(), () => {})
  const checks = await named(machine(onTestFinished, { card: '0x1234' }))
  expect(checks['OpenCL']).toMatchObject({ ok: true, for: 'gpu', add: '' })
  expect(checks['OpenCL']!.found).toMatch(/^PyOpenCL \d+\.\d+\.\d+: .+, CPU, \d+ units \(Portable Computing Language\)/)
  expect(checks['NVIDIA driver']).toMatchObject({ ok: true, found: expect.stringContaining('not needed') })
  expect(checks['CUPTI']).toMatchObject({ ok: true, found: expect.stringContaining('not needed') })
})

test('a card without its driver, and a driver without CUPTI, are missing, each with what adds it', async ({
  onTestFinished,
}) => {
  await installPackages(await gpu(), () => {})
  const bare = await named(machine(onTestFinished, { card: '0x10de' }))
  expect(bare['NVIDIA driver']).toMatchObject({ ok: false, add: expect.stringContaining('nvidia-driver') })
  const said =
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.2.0'
  const ready = machine(onTestFinished, { card: '0x10de', driver: said })
  expect(nvidiaOf(ready)).toEqual({ gpus: 1, driver: '550.54.15' })
  const checks = await named(ready)
  expect(checks['NVIDIA driver']).toMatchObject({ ok: true, found: '550.54.15' })
  expect(checks['CUPTI']).toMatchObject({ ok: false, add: expect.stringMatching(/-m pip install nvidia-cuda-cupti$/) })
  const open = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build'
  expect(nvidiaOf(machine(onTestFinished, { driver: open })).driver).toBe('570.86.15')
})

test('PyOpenCL that is not there, has no driver, or does not answer', async () => {
  const python = await gpu()
  const opencl = (version: string | null, error: string | null) =>
    checkOpencl(python, { opencl: { version, platforms: [], error }, cupti: null })
  expect(opencl(null, "No module named 'pyopencl'")).toMatchObject({
    ok: false,
    found: 'PyOpenCL is not installed',
    add: `${python.python} -m pip install pyopencl`,
  })
  const none = opencl('2026.1.4', 'clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR')
  expect(none).toMatchObject({ ok: false, found: 'PyOpenCL 2026.1.4 finds no driver of any device' })
  expect(none.add).toContain('pocl')
  expect(checkOpencl(python, 'Command failed')).toMatchObject({ ok: false, found: expect.stringContaining('failed') })
})
