// The brokers that the tests start: they answer, keep what they have over a stop, and are gone at the end.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { pythonFor } from './test/python-with.ts'
import { rabbitmq, redis, type AtEnd, type Server } from './test/servers.ts'

const python = await pythonFor('celery')

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
const ours = (mark: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
      } catch {
        return false
      }
    })

const put = `
import sys
from kombu import Connection
with Connection(sys.argv[1]) as connection:
    queue = connection.SimpleQueue('letters')
    queue.put('kept', delivery_mode=2)
    queue.close()
`
const get = `
import sys
from kombu import Connection
with Connection(sys.argv[1]) as connection:
    message = connection.SimpleQueue('letters').get(timeout=60)
    message.ack()
    print(message.payload)
`
const run = (program: string, url: string) =>
  execFileSync(python.file, ['-c', program, url], { encoding: 'utf8', timeout: 100_000 })

test.each<[string, (atEnd: AtEnd) => Promise<Server>]>([
  ['redis', redis],
  ['redis with a password', (atEnd) => redis(atEnd, 'sesame')],
  ['rabbitmq', rabbitmq],
])('%s keeps a message while it is stopped, and is gone at the end', async (name, start) => {
  const mark = `SERVERS_TEST=${name}`
  process.env['SERVERS_TEST'] = name
  const ends: (() => Promise<void>)[] = []
  const server = await start((work) => ends.push(work))
  try {
    run(put, server.url)
    await server.stop()
    expect(await listens(server.port)).toBe(false)
    await server.start()
    expect(run(get, server.url)).toBe('kept\n')
    expect(ours(mark).length).toBeGreaterThan(0)
  } finally {
    for (const end of ends) await end()
    delete process.env['SERVERS_TEST']
  }
  expect(await listens(server.port)).toBe(false)
  await expect.poll(() => ours(mark), { timeout: 20_000 }).toEqual([])
})
