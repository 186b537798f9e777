// Celery with real brokers, Redis and RabbitMQ, as whole traces: each task's way; a broker that is stopped and started again;
// and that the password of the broker's address is in no file of the run, nor in the trace.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startRecording } from '../main/recording.ts'
import { program, python } from './test/celery.ts'
import { rabbitmq, redis } from './test/servers.ts'

const password = 'open-sesame'

const source = program(
  `
@app.task
def add(x, y):
    return x + y

@app.task
def total(numbers):
    return sum(numbers)
`,
  `
shop = worker('-P', sys.argv[3], '-c', '2')
print(get(add.delay(2, 3)))
print(get(group(add.s(n, n) for n in range(4))()))
print(get(chord([add.s(n, n) for n in range(3)])(total.s())))
open(os.path.join(folder, 'first'), 'w').close()
until(lambda: os.path.exists(os.path.join(folder, 'again')))
print([get(add.delay(n, 10)) for n in range(3)])
end(shop)
`,
  `
if __name__ == '__main__':
    os.environ['SHOP_BROKER'], os.environ['SHOP_RESULTS'] = sys.argv[1:3]
app = Celery('program', broker=os.environ['SHOP_BROKER'], backend=os.environ['SHOP_RESULTS'])
app.conf.broker_connection_retry_on_startup = True
app.conf.result_chord_retry_interval = 0.1
`,
).replace("'-A', 'program', 'worker'", "'-A', 'program', '-b', os.environ['SHOP_BROKER'], 'worker'")

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))

describe.each([
  ['Redis', 'prefork', (atEnd: Parameters<typeof redis>[0]) => redis(atEnd, password), (url: string) => url],
  ['RabbitMQ', 'threads', rabbitmq, (_: string, folder: string) => `file://${folder}/results`],
])('%s', (name, pool, serve, results) => {
  test(
    `tasks go through it, also after it was away, and its password stays in it (${pool})`,
    { timeout: 120_000 },
    async ({ onTestFinished }) => {
      const server = await serve(onTestFinished)
      const folder = mkdtempSync(join(tmpdir(), 'interleave-celery-'))
      mkdirSync(join(folder, 'results'))
      writeFileSync(join(folder, 'program.py'), source)
      const secret = name === 'Redis' ? password : 'guest:guest'
      expect(server.url).toContain(secret)
      const path = join(folder, 'trace.sqlite')
      const recording = await startRecording({
        command: [python.file, '-W', 'ignore', 'program.py', server.url, results(server.url, folder), pool],
        cwd: folder,
        env: { ...python.env, PYTHONWARNINGS: 'ignore', C_FORCE_ROOT: '1' },
        output: path,
        stdio: 'capture',
        follow: true,
      })
      onTestFinished(() => {
        recording.stop('kill')
        recording.trace.db.close()
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      })
      const over = recording.ended.then(() => true)
      while (!existsSync(join(folder, 'marks/first'))) if (await Promise.race([delay(20, false), over])) break
      expect(existsSync(join(folder, 'marks/first')), recording.output()).toBe(true)
      await server.stop()
      await server.start()
      // what is on the disk while it is recorded
      for (const file of filesIn(`${path}.run`)) expect(readFileSync(file).includes(secret), file).toBe(false)
      writeFileSync(join(folder, 'marks/again'), '')
      const { ended, outlived } = await recording.done
      expect(ended, recording.output()).toEqual({ code: 0, signal: null })
      expect(outlived).toEqual([])
      expect(recording.output()).toContain('5\n[0, 2, 4, 6]\n6\n')
      expect(recording.output()).toContain('[10, 11, 12]\nended 0\n')

      const rows = (sql: string) => recording.trace.db.prepare(sql).raw().all() as unknown[][]
      expect(
        rows(`SELECT name, count(*), count(submitted), count(accepted), count(begun), count(ended) FROM submission
        WHERE name LIKE 'program.%' GROUP BY name ORDER BY name`),
      ).toEqual([
        ['program.add', 11, 11, 11, 11, 11],
        ['program.total', 1, 1, 1, 1, 1],
      ])
      // whoever waits for the chord does not ask for the results before it
      expect(rows("SELECT count(*) >= 8 FROM submission WHERE name = 'program.add' AND fetched NOT NULL")).toEqual([
        [1],
      ])
      expect(rows("SELECT count(*) FROM submission WHERE name = 'program.total' AND fetched NOT NULL")).toEqual([[1]])
      expect(
        rows(
          'SELECT count(*) FROM submission WHERE NOT (submitted <= accepted AND accepted <= begun AND begun <= ended)',
        ),
      ).toEqual([[0]])
      expect(
        rows(
          "SELECT count(*) FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind WHERE k.name IN ('submit', 'result', 'needs') AND f.from_time > f.to_time",
        ),
      ).toEqual([[0]])
      const scheme = name === 'Redis' ? 'redis' : 'amqp'
      expect(rows("SELECT key, capacity FROM object WHERE key LIKE 'celery:%'")).toEqual([
        [`celery:${scheme}://localhost:${server.port}/${name === 'Redis' ? '0' : ''}:celery`, 2],
      ])
      expect(rows("SELECT count(*) FROM loss WHERE what IN ('lost', 'gap')")).toEqual([[0]])
      const workers = pool === 'prefork' ? ['ForkPoolWorker-1 of shop@here', 'ForkPoolWorker-2 of shop@here'] : []
      expect(rows("SELECT name FROM process WHERE name LIKE '%@here' OR name LIKE 'program%' ORDER BY name")).toEqual(
        [...workers, 'program.py', 'shop@here'].map((each) => [each]),
      )
      recording.trace.db.pragma('wal_checkpoint(TRUNCATE)')
      for (const file of filesIn(folder).filter((each) => each.includes('trace.sqlite')))
        expect(readFileSync(file).includes(secret), file).toBe(false)
      expect(rows("SELECT count(*) FROM process WHERE argv LIKE '%:***@%'")[0]![0]).toBeGreaterThanOrEqual(2)
      expect(JSON.stringify(rows("SELECT value FROM run WHERE key = 'command'"))).toContain(':***@')
    },
  )
})
