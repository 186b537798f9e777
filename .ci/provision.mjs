// What the tests need besides npm: on Debian as root it is installed, once; elsewhere the line to run is printed. Then
// Python's packages, in environments of their own. In: the way to run a command. Out: whether everything is there.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

/** For the Electron and Chromium windows, the agent's core, and Python programs to record. */
const packages = [
  ...[
    'libgtk-3-0',
    'libnss3',
    'libasound2',
    'libgbm1',
    'libxss1',
    'libxtst6',
    'libnotify4',
    'libsecret-1-0',
    'libdrm2',
  ],
  ...['xvfb', 'xauth', 'fonts-dejavu-core', 'chromium'],
  ...['python3', 'python3-dev', 'python3-venv', 'gcc', 'libc6-dev'],
  // brokers, which the tests start themselves
  ...['redis-server', 'rabbitmq-server'],
  // hosts that are namespaces of this one
  'iproute2',
]

export async function provision(run) {
  if (!existsSync('/etc/debian_version')) return lookFor(['chromium', 'Xvfb', 'cc', 'python3'])
  const missing = [...packages, ...cpythonTests()].filter((name) => !isInstalled(name))
  if (missing.length === 0) {
    console.log(`   ${packages.length} packages are there`)
    return true
  }
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid() !== 0) {
    console.log(`   the tests need packages that are missing; as root:\n\n   ${install.join(' ')}\n`)
    return false
  }
  console.log(`   installing ${missing.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  if ((await run(['apt-get', 'update', '-q'], env)) !== 0) console.log('   apt-get update failed; trying without')
  return withoutServices(async () => (await run([...install, '-q'], env)) === 0)
}

/** A package of a server starts it when it is installed, unless this script, of Debian's making, says no. */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await work()
  } finally {
    rmSync(policy)
  }
}

/** The Python environments of the chapters of recipes, and those that only tests use. Each is made once. */
export async function makeEnvironments() {
  const { allNames, pythonFor } = await import('../agent/test/python-with.ts')
  const { hasRelease, sourceRelease } = await import('../agent/test/source-release.ts')
  const one = async (name) => {
    const python = await pythonFor(name)
    console.log(`   ${name}: ${python.file}`)
    if (hasRelease(name)) sourceRelease(name, python)
  }
  const left = allNames()
  let ok = true
  const next = async () => {
    for (let name = left.pop(); name; name = left.pop())
      await one(name).catch((error) => {
        ok = false
        console.log(`   ${error.message}`)
      })
  }
  // they wait for the network more than they compute
  await Promise.all([next(), next(), next()])
  return ok
}

/** CPython's own tests, where the Python at hand comes without them, as Debian's does. */
function cpythonTests() {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2], flush=True); import test.test_threading'
  const ask = (python) => spawnSync(python, ['-c', script], { encoding: 'utf8' })
  if (ask('python3').status === 0) return []
  const debian = ask('/usr/bin/python3')
  return debian.status === 0 ? [] : [`libpython${debian.stdout?.trim() || '3.11'}-testsuite`]
}

/** Debian 13 and Ubuntu 24 call some of them …t64. */
function isInstalled(name) {
  return [name, `${name}t64`].some((candidate) => {
    const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', candidate], { encoding: 'utf8' })
    return asked.status === 0 && asked.stdout === 'installed'
  })
}

function lookFor(programs) {
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0)
  if (missing.length === 0) return true
  console.log(`   the tests need ${missing.join(', ')} on the PATH (Debian's packages: ${packages.join(' ')})`)
  return false
}
