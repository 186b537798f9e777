// Which objects of several traces are one: those between processes that say the same key in more than one trace. Locks and
// pipes have keys too, but those are of one machine: the same number on two of them is not the same lock.
import { objectKinds, type ObjectKind } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

const between = new Set<ObjectKind>([
  objectKinds.channel,
  objectKinds.communicator,
  objectKinds.window,
  objectKinds.pool,
])
const nameOf = ({ kind, key }: ObjectRow): string | null => (key !== '' && between.has(kind) ? `${kind} ${key}` : null)

export class Joint {
  private readonly names = new Set<string>()
  private readonly rows = new Map<string, ObjectRow>()
  private readonly numbers = new Set<number>()
  /** queues of jobs that wait for a joint pool */
  private readonly waiting = new Set<ObjectRow>()

  constructor(traces: readonly Trace[]) {
    const seen = new Set<string>()
    for (const trace of traces) {
      const own = new Set(trace.objects.flatMap((object) => (object && nameOf(object)) || []))
      for (const name of own) (seen.has(name) ? this.names : seen).add(name)
    }
    for (const { objects } of traces)
      for (const pool of objects.filter((object) => object?.kind === objectKinds.pool && this.isJoint(object)))
        for (const queue of objects)
          if (queue?.kind === objectKinds.queue && isQueueOf(queue, pool)) this.waiting.add(queue)
  }
  isJoint(old: ObjectRow): boolean {
    const name = nameOf(old)
    return name !== null && this.names.has(name)
  }
  /** Its row in the merged trace, when another trace has brought it already. */
  row(old: ObjectRow): ObjectRow | undefined {
    return this.isJoint(old) ? this.rows.get(nameOf(old)!) : undefined
  }
  add(old: ObjectRow, row: ObjectRow): void {
    this.rows.set(nameOf(old)!, row)
    this.numbers.add(row.id)
  }
  /** Its lanes are drawn from the halves of all traces. */
  drawsAnew(old: ObjectRow): boolean {
    return this.isJoint(old) || this.waiting.has(old)
  }
  /** Number in the merged trace. */
  has(object: number): boolean {
    return this.numbers.has(object)
  }
}
/** jobs.ts makes it right beside its pool. */
const isQueueOf = (queue: ObjectRow, pool: ObjectRow) =>
  queue.process === pool.process && queue.name === `${pool.name}: jobs waiting` && queue.file === pool.file
