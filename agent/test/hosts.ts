// Test support: hosts that are not machines. Each has a network of its own (a namespace, a cable to a bridge), a name, and a
// clock that is `ahead` s of ours: MPI's launcher starts a process on one as ssh would on a machine. What the kernel does
// not do is drift: clocks of its namespaces all gain at one rate (main/hosts.test.ts says how that is stood in for).
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Hosts {
  /** node1, node2, … */
  names: string[]
  /** s by which each one's clock is ahead of ours */
  ahead: Record<string, number>
  /** a program that is called as ssh is */
  start: string
  /** arguments of MPICH's mpiexec: it starts ranks on these */
  launcher: string[]
  remove(): void
}

/** Root can, and where it cannot that is an error and no reason to skip a test. */
export const canMakeHosts = (): boolean => process.getuid?.() === 0

function ip(...args: string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr || done.error}`)
}

export function makeHosts(folder: string, many: number): Hosts {
  const id = `ilv${process.pid}`
  const net = `10.199.${process.pid % 250}`
  const bridge = `${id}b`
  const spaces: string[] = []
  const remove = () => {
    for (const space of spaces) spawnSync('ip', ['netns', 'del', space])
    spawnSync('ip', ['link', 'del', bridge])
  }
  try {
    ip('link', 'add', bridge, 'type', 'bridge')
    ip('addr', 'add', `${net}.254/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    for (let n = 1; n <= many; n++) {
      const space = `${id}n${n}`
      ip('netns', 'add', space)
      spaces.push(space)
      ip('link', 'add', `${id}v${n}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
      ip('link', 'set', `${id}v${n}`, 'master', bridge, 'up')
      ip('-n', space, 'addr', 'add', `${net}.${n}/24`, 'dev', 'eth0')
      ip('-n', space, 'link', 'set', 'eth0', 'up')
      ip('-n', space, 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    remove()
    throw error
  }
  // called as ssh is: options, a host, a command for its shell
  const script = join(folder, 'start-on-host')
  writeFileSync(
    script,
    `#!/bin/sh
while [ "\${1#-}" != "$1" ]; do shift; done
host=$1; shift
n=\${host#node}
exec ip netns exec ${id}n$n unshare --uts --time --monotonic $((n * 1000)) sh -c "hostname $host; $*"
`,
  )
  chmodSync(script, 0o755)
  const names = spaces.map((_, i) => `node${i + 1}`)
  return {
    names,
    ahead: Object.fromEntries(names.map((name, i) => [name, (i + 1) * 1000])),
    start: script,
    launcher: ['-launcher', 'ssh', '-launcher-exec', script, '-hosts', names.join(), '-localhost', `${net}.254`],
    remove,
  }
}
