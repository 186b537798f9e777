// How much room a queue would have needed for the bursts that came.
//
//   puts, as they were      |||····|····|····|            · = the producer waits for room
//   as they were wanted     ||||||                        as much earlier as it had waited since the burst began
//   gets, as they were       |    |    |    |    |    |   the consumers were busy all the time: more room would not have
//   items then               35445 3    2    1    0       made them faster
//
// In: the depths of one queue over time, and the waits of its producers. Out: the most items that would have been in it.
// A burst begins when the queue had run empty and nobody waited for room; from then on each producer is as early as its
// waits since then say. It is at most that much: a producer that keeps to a clock would not have come earlier. Puts that
// had not waited are taken for those of whoever waited longest.
export interface Depths {
  start: number[]
  items: number[]
}
export interface Room {
  thread: number
  start: number
  end: number
}

/** `waits` in order of their ends. */
export function roomForBursts({ start, items }: Depths, waits: readonly Room[]): number {
  let most = 0
  let next = 0
  let wanted: number[] = []
  let gets: number[] = []
  const early = new Map<number, number>()
  const burst = () => {
    most = Math.max(most, deepest(wanted, gets))
    wanted = []
    gets = []
    early.clear()
  }
  for (let i = 0; i < start.length; i++) {
    const time = start[i]!
    const change = items[i]! - (i > 0 ? items[i - 1]! : 0)
    const ranEmpty = i > 0 && items[i - 1] === 0
    if (change > 0 && ranEmpty && !(waits[next] && waits[next]!.start < start[i - 1]!)) burst()
    for (let k = 0; k < change; k++) {
      const wait = waits[next]
      if (wait && wait.end <= time) {
        next++
        early.set(wait.thread, (early.get(wait.thread) ?? 0) + wait.end - wait.start)
        wanted.push(time - early.get(wait.thread)!)
      } else wanted.push(time - Math.max(0, ...early.values()))
    }
    for (let k = 0; k > change; k--) gets.push(time)
  }
  burst()
  return most
}

function deepest(wanted: number[], gets: readonly number[]): number {
  let most = 0
  let got = 0
  wanted.sort((a, b) => a - b)
  wanted.forEach((time, i) => {
    while (got < gets.length && gets[got]! < time) got++
    most = Math.max(most, i + 1 - got)
  })
  return most
}
