// What recording costs Celery: empty tasks through a prefork pool of two and a Redis of this bench's own, so that all the time
// is Celery's own, traced over untraced. In the environment of the recipes' chapter.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken } from './row.ts'
import { coreOnce, program } from './side.ts'
import { takeTurns } from './turns.ts'

const name = 'Celery: 5,000 empty tasks, prefork 2, Redis'
const tasks = 250
const bar = 1.05

export const celeryTasks = async (): Promise<Row[]> => {
  try {
    const celery = await chapterPython('celery')
    await installPackages(celery, () => {})
    const core = await coreOnce()
    return await withRedis(async (broker) => {
      const { ratio, note } = await takeTurns([core], {
        file: celery.python,
        args: ['-W', 'ignore', program('timed_celery.py'), String(tasks)],
        env: { BROKER: broker },
        members: 1,
        starts: 6,
        bar,
        turns: 5000 / tasks,
        records: 5 * tasks, // each is submitted, accepted, begun, ended and fetched
      })
      return [{ name, bar, aim: 1.02, value: ratio, unit: '×', note }]
    })
  } catch (error) {
    return [broken(name, error)]
  }
}

/** Redis in a folder of its own, that keeps nothing and is reached by a socket in it. */
async function withRedis<T>(work: (broker: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-bench-redis-'))
  const socket = join(folder, 'redis.sock')
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  )
  const gone = new Promise<void>((resolve, reject) => {
    server.once('exit', () => resolve())
    server.once('error', () => reject(new Error('redis-server is not there: Debian: apt install redis-server')))
  })
  try {
    while (!existsSync(socket))
      await Promise.race([delay(20), gone.then(() => Promise.reject(new Error('redis-server ended')))])
    return await work(`redis+socket://${socket}`)
  } finally {
    server.kill('SIGKILL')
    await gone.catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  }
}
