// What devices were told and did, of one trace into another: devices, streams, what kernels are called, commands and what they
// depend on. In: a copy whose tables are in. Out: the same rows with new numbers, on the new clock. Kernels of the same name and
// sizes are one in the merged trace. Devices never are: two hosts that say the same key have one each.
import { readDevices, times } from '../store/commands.ts'
import type { Copy } from './copy.ts'

/** `works`: name and sizes → number in the merged trace. */
export function copyDevices({ from, to, numbers, time }: Copy, works: Map<string, number>): void {
  const { commands: c, works: own, devices, streams } = readDevices(from)
  for (const { id, ...rest } of own.slice(1)) {
    const key = JSON.stringify([rest.name, rest.global, rest.local])
    if (!works.has(key)) {
      works.set(key, to.works.length)
      to.works.push({ id: to.works.length, ...rest })
    }
    numbers.works[id] = works.get(key)!
  }
  const object = (old: number) => numbers.objects[old] ?? 0
  for (const device of devices.values())
    to.devices.set(object(device.object), { ...device, object: object(device.object) })
  for (const { object: stream, context, inOrder } of streams.values())
    to.streams.set(object(stream), { object: object(stream), context: object(context), inOrder })
  const { commands } = to
  const first = commands.n
  for (let i = 0; i < c.n; i++) {
    const row = commands.add(object(c.stream[i]!), c.number[i]!)
    commands.operation[row] = c.operation[i]!
    commands.work[row] = numbers.works[c.work[i]!] ?? 0
    commands.bytes[row] = c.bytes[i]!
    commands.pageable[row] = c.pageable[i]!
    commands.fromLane[row] = numbers.lanes[c.fromLane[i]!] ?? 0
    commands.site[row] = numbers.sites[c.site[i]!] ?? 0
    for (const stage of times) commands[stage][row] = Number.isNaN(c[stage][i]) ? NaN : time(c[stage][i]!)
    commands.outcome[row] = c.outcome[i]!
    commands.lane[row] = numbers.lanes[c.lane[i]!] ?? 0
  }
  for (const [row, needs] of c.needs)
    commands.needs.set(
      first + row,
      needs.map((needed) => first + needed),
    )
}
