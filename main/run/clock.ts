// The clock that this process reads, named as the agent names it (agent/core/host.c): processes that say the same name read
// the same time. What another clock's process writes into our run folder is ingested by itself, and merged at the end.
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export function ownClock(): string {
  const boot = read('/proc/sys/kernel/random/boot_id').trim()
  if (!boot) return hostname()
  const inode = /\[(\d+)\]/.exec(link('/proc/self/ns/time'))?.[1] ?? '0'
  const seconds = /^monotonic\s+(-?\d+)/.exec(read('/proc/self/timens_offsets'))?.[1] ?? '0'
  return `${boot} ${inode} ${seconds}`
}
const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
