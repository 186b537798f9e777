// What there is for programs that use a GPU: OpenCL's drivers and devices as PyOpenCL of the recipes' chapter sees them, NVIDIA's
// driver, CUPTI. Out: checks for `interleave doctor`, each thing that is missing with the command that adds it. What a
// machine without an NVIDIA GPU has no use for is not missing.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ChapterPython, chapterPython, isInstalled, packagesOf } from './chapters.ts'
import type { Check } from './machine.ts'
import { root } from './root.ts'

const run = promisify(execFile)
const check = (name: string, found: string, add = ''): Check => ({ name, for: 'gpu', ok: add === '', found, add })

/** What ask_devices.py prints. */
interface Devices {
  opencl: {
    version: string | null
    platforms: { name: string; devices: { name: string; type: string; units: number }[] }[]
    error: string | null
  }
  /** its file */
  cupti: string | null
}

export async function checkGpu(env: NodeJS.ProcessEnv = process.env, system = '/'): Promise<Check[]> {
  const python = await chapterPython('gpu', env).catch(() => null)
  const nvidia = nvidiaOf(system)
  // without any Python there is no chapter
  if (python === null) return checkDriver(nvidia)
  if (!isInstalled(python)) {
    const what = packagesOf(python.requirements!)[0]!
    const asked = check('OpenCL', `not asked: ${what} is not installed`, 'npx interleave recipes install gpu')
    return [asked, ...checkDriver(nvidia)]
  }
  const devices = await ask(python, env)
  return [checkOpencl(python, devices), ...checkDriver(nvidia), checkCupti(python, devices, nvidia)]
}

/** A sentence where it did not answer. */
async function ask({ python }: ChapterPython, env: NodeJS.ProcessEnv): Promise<Devices | string> {
  try {
    const { stdout } = await run(python, [join(root, 'main', 'run', 'ask_devices.py')], { env, timeout: 30_000 })
    return JSON.parse(stdout) as Devices
  } catch (error) {
    return (error as Error).message.split('\n')[0]!
  }
}

const adds = ({ python }: ChapterPython, what: string) => `${python} -m pip install ${what}`

export function checkOpencl(python: ChapterPython, devices: Devices | string): Check {
  if (typeof devices === 'string')
    return check('OpenCL', `PyOpenCL could not be asked: ${devices}`, adds(python, '--force-reinstall pyopencl'))
  const { version, platforms, error } = devices.opencl
  const who = `PyOpenCL ${version}`
  const driver =
    process.arch === 'x64' ? adds(python, 'pocl-binary-distribution') : 'apt-get install pocl-opencl-icd (Debian)'
  if (version === null) return check('OpenCL', 'PyOpenCL is not installed', adds(python, 'pyopencl'))
  if (platforms.length === 0 && (error === null || error.includes('PLATFORM_NOT_FOUND')))
    return check('OpenCL', `${who} finds no driver of any device`, driver)
  if (error !== null) return check('OpenCL', `${who} says: ${error}`, driver)
  const all = platforms.flatMap((platform) =>
    platform.devices.map((d) => `${d.name}, ${d.type}, ${d.units} units (${platform.name})`),
  )
  if (all.length === 0) return check('OpenCL', `${who}: ${platforms[0]!.name} has no device`, driver)
  return check('OpenCL', `${who}: ${all.join('; ')}`)
}

interface Nvidia {
  /** cards in this machine */
  gpus: number
  /** version of the driver that runs, null = none does */
  driver: string | null
}
const reads = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '')

export function nvidiaOf(system: string): Nvidia {
  const pci = join(system, 'sys/bus/pci/devices')
  const cards = existsSync(pci) ? readdirSync(pci) : []
  // a class of 0x03…: it draws or computes
  const isGpu = (card: string) =>
    reads(join(pci, card, 'vendor')) === '0x10de' && reads(join(pci, card, 'class')).startsWith('0x03')
  const [, driver = null] =
    /Kernel Module\s+(?:for \S+\s+)?([\d.]+)/.exec(reads(join(system, 'proc/driver/nvidia/version'))) ?? []
  return { gpus: cards.filter(isGpu).length, driver }
}

function checkDriver({ gpus, driver }: Nvidia): Check[] {
  if (driver !== null) return [check('NVIDIA driver', driver)]
  if (gpus === 0) return [check('NVIDIA driver', 'not there, and not needed: this machine has no NVIDIA GPU')]
  return [
    check(
      'NVIDIA driver',
      'this machine has an NVIDIA GPU, but no driver of it runs',
      'apt-get install nvidia-driver (Debian, non-free)',
    ),
  ]
}

function checkCupti(python: ChapterPython, devices: Devices | string, { gpus, driver }: Nvidia): Check {
  const file = typeof devices === 'string' ? null : devices.cupti
  if (file !== null) return check('CUPTI', file)
  if (gpus === 0 && driver === null) return check('CUPTI', 'not there, and not needed: it tells of NVIDIA GPUs')
  const lack =
    'the Python of the chapter gpu finds none, nor is CUDA’s toolkit here: of CUDA it cannot be seen what the GPU does'
  return check('CUPTI', lack, adds(python, 'nvidia-cuda-cupti'))
}
