// How busy others kept the machine while a program ran: what makes two recordings of one program differ most, and what a
// comparison has to know of.
//
// In: the busy time of all processors before and after, less what the program and its children used (the kernel adds it to
// us when they have been waited for) and what we used. Out: a share of the machine; null where the system does not say. The
// load average would not do: it has the program's own threads in it, and the minute before.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** ms a tick of /proc/self/stat: 100 a second on every Linux that people use */
const tick = 10

export function watchOthers(): () => number | null {
  const before = look()
  return () => {
    const after = look()
    if (!before || !after || after.all <= before.all) return null
    const share = (after.busy - before.busy - (after.own - before.own)) / (after.all - before.all)
    return Math.max(0, Math.min(1, share))
  }
}

/** ms */
export function look(): { all: number; busy: number; own: number } | null {
  try {
    // the name in brackets may have any character in it
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ')
    const children = (Number(fields[13]) + Number(fields[14])) * tick
    const { user, system } = process.cpuUsage()
    let all = 0
    let idle = 0
    for (const { times } of cpus()) {
      all += times.user + times.nice + times.sys + times.idle + times.irq
      idle += times.idle
    }
    return { all, busy: all - idle, own: children + (user + system) / 1000 }
  } catch {
    return null
  }
}
