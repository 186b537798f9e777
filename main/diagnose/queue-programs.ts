// Test support: random pipelines of which it is known where they are slow, as Python.
//
//   read ─▶ q0 ─▶ change ─▶ q1 ─▶ write      the slowest stage takes five times as long as the others: all queues before
//                                            it fill up, those behind it run empty; if it is the first, none is full
import { randomNumbers } from '../ingest/random-program.ts'

export interface Pipeline {
  name: string
  /** of the queues between the stages */
  sizes: number[]
  /** place of the slow stage */
  slow: number
}
export function pipeline(name: string, seed: number): Pipeline {
  const random = randomNumbers(seed)
  const sizes = Array.from({ length: 1 + Math.floor(random() * 3) }, () => 1 + Math.floor(random() * 4))
  return { name, sizes, slow: Math.floor(random() * (sizes.length + 1)) }
}
export const fullQueues = ({ name, slow }: Pipeline): string[] =>
  Array.from({ length: slow }, (_, i) => `${name}_q${i}`)

const items = 40

export function pipelinePython({ name, sizes, slow }: Pipeline): string {
  const stages = Array.from({ length: sizes.length + 1 }, (_, stage) => {
    const work = `time.sleep(${stage === slow ? 0.01 : 0.002})`
    const put = stage < sizes.length ? [`${name}_q${stage}.put(item)`] : []
    const body =
      stage === 0
        ? [`for item in range(${items}):`, `    ${work}`, `    ${put[0]}`]
        : [
            `for _ in range(${items}):`,
            `    item = ${name}_q${stage - 1}.get()`,
            `    ${work}`,
            ...put.map((p) => `    ${p}`),
          ]
    return [`def ${name}_s${stage}():`, ...body.map((line) => `    ${line}`)].join('\n')
  })
  const names = stages.map((_, stage) => `${name}_s${stage}`)
  return [
    ...sizes.map((size, i) => `${name}_q${i} = queue.Queue(${size})`),
    ...stages,
    `threads += [threading.Thread(target=t, name=t.__name__) for t in (${names.join(', ')},)]`,
  ].join('\n')
}
