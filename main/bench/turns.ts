// Two programs that live side by side, traced and untraced, and take turns of some milliseconds: for what starts slowly and is
// timed by several processes at once, where whole runs one after the other tell more of the machine's minute than of the agent.
// Each pair is started several times, as where its memory and its code come to lie decides some percent for as long as it lives.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { enough, median, plusMinus } from './row.ts'
import { type Compared, type Taken, failure, recording } from './side.ts'

export interface Turns {
  file: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** processes of the program that are asked to work, each by itself (programs/turns.py) */
  members: number
  /** so many times both are started, and more as long as the ratio is not told from its bar */
  starts: number
  bar: number
  turns: number
  /** records of a traced program in one turn, at least */
  records: number
}

interface Standing {
  turn: () => Promise<Taken>
  end: () => Promise<void>
}

/** Runs it to its end. */
const run = ({ file, args, env }: Turns, environment: NodeJS.ProcessEnv): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...environment, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(failure(file, args, signal ?? `exit ${code}`, said))
    })
  })

/** Starts the program, and waits until all its members are there. */
const stand = async (program: Turns, environment: NodeJS.ProcessEnv): Promise<Standing> => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-turns-'))
  const path = join(folder, 'socket')
  const sockets: Socket[] = []
  const server = createServer()
  const all = new Promise<void>((resolve) =>
    server.on('connection', (socket) => {
      socket.on('error', () => {}) // its program has died, which is told
      if (sockets.push(socket) === program.members) resolve()
    }),
  )
  await once(server.listen(path), 'listening')
  const over = run(program, { ...environment, TURNS: path })
  const early = over.then(() => Promise.reject(new Error(`${program.file} ended before its turn was over`)))
  early.catch(() => {}) // told by whoever waits for it
  const close = () => {
    for (const socket of sockets) socket.end()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([all, early])
  } catch (error) {
    close()
    throw error
  }
  const answers = sockets.map((input) => createInterface({ input })[Symbol.asyncIterator]())
  return {
    turn: async () => {
      for (const socket of sockets) socket.write('.')
      const lines = await Promise.race([Promise.all(answers.map((lines) => lines.next())), early])
      if (lines.some(({ done }) => done)) await early // which says why
      const taken = lines.map(({ value }) => String(value).split(' ').map(Number))
      if (!taken.every(([wall, cpu]) => wall! > 0 && cpu! > 0)) throw new Error(`${program.file} printed no time`)
      return { wall: Math.max(...taken.map(([wall]) => wall!)), cpu: taken.reduce((sum, [, cpu]) => sum + cpu!, 0) }
    },
    end: () => {
      close()
      return over
    },
  }
}

/** One start of both: the ratios of their neighbouring turns. */
const pair = async (core: string, program: Turns): Promise<Taken[]> => {
  const { env, check, remove } = recording(core)
  const standing: Standing[] = []
  const ratios: Taken[] = []
  const leave = () => standing.map((side) => side.end())
  try {
    for (const environment of [process.env, env]) standing.push(await stand(program, environment))
    for (const side of standing) await side.turn() // pages and caches are warm before it counts
    for (let turn = 0; turn < program.turns; turn++) {
      const order = turn % 2 ? [1, 0] : [0, 1]
      const taken: Taken[] = []
      for (const side of order) taken[side] = await standing[side]!.turn()
      ratios.push({ wall: taken[1]!.wall / taken[0]!.wall, cpu: taken[1]!.cpu / taken[0]!.cpu })
    }
    await Promise.all(leave())
    check(program.records * program.turns)
    return ratios
  } finally {
    await Promise.allSettled(leave())
    remove()
  }
}

/** Traced over untraced: the median over the starts of the medians over their turns. All cores have as many starts. */
export const takeTurns = async (cores: string[], program: Turns): Promise<Compared> => {
  const walls: number[] = []
  const cpus: number[] = []
  while (!enough(walls, program.starts, program.bar))
    for (const core of cores) {
      const ratios = await pair(core, program)
      walls.push(median(ratios.map(({ wall }) => wall)))
      cpus.push(median(ratios.map(({ cpu }) => cpu)))
    }
  const spread = [Math.min(...walls), Math.max(...walls)].map((wall) => wall.toFixed(2)).join('–')
  const several = cores.length > 1 ? `, ${cores.length} layouts of the core's code` : ''
  const times = `${plusMinus(walls)}, ${walls.length} starts of ${program.turns} turns each, ${spread}${several}`
  return { ratio: median(walls), note: `${times}; processor time ${median(cpus).toFixed(2)}×` }
}
