// Real brokers for tests, each on a free port of loopback, with its files in a temporary folder: Redis and RabbitMQ as
// Debian has them. In: what to do at the end of the test. Out: the server, which answers; it can be stopped, as a broker
// that fails, and started again with what it had kept. At the end it is gone with all that it started: each runs in a
// process group of its own. RabbitMQ's own script is not used, for it wants to be the user rabbitmq; nor is Erlang's
// habit of leaving a name server (epmd) behind: it has one of its own, which ends with it.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Server {
  /** with its password, when it has one */
  url: string
  port: number
  /** SIGTERM: it writes down what it has. SIGKILL: as in a crash */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** on the same port */
  start(): Promise<void>
}
/** onTestFinished of a test, or afterAll */
export type AtEnd = (work: () => Promise<void>) => unknown

interface Kind {
  name: string
  command: (folder: string, port: number) => { file: string; args: string[]; env?: Record<string, string> }
  /** what is said to it, and how its answer begins */
  greeting: [says: string, answers: RegExp]
  url: (port: number) => string
}

export const redis = (atEnd: AtEnd, password = ''): Promise<Server> =>
  serve(atEnd, {
    name: 'redis-server',
    command: (folder, port) => ({
      file: '/usr/bin/redis-server',
      args: [
        ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
        // else it writes its title over its environment, by which a process that a test left behind is known
        ...['--set-proc-title', 'no'],
        ...(password ? ['--requirepass', password] : []),
      ],
    }),
    greeting: [password ? `AUTH ${password}\r\nPING\r\n` : 'PING\r\n', /\+PONG/],
    url: (port) => `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}/0`,
  })

/** The user is guest, with the password guest. */
export const rabbitmq = async (atEnd: AtEnd): Promise<Server> => {
  const [distribution, names] = [await freePort(), await freePort()]
  const epmd = start('/usr/bin/epmd', ['-port', `${names}`, '-address', '127.0.0.1'], {}, 'ignore')
  try {
    return await serve(
      async (work) =>
        atEnd(async () => {
          await work()
          await end(epmd, 'SIGKILL')
        }),
      {
        name: 'rabbitmq-server',
        command: (folder, port) => {
          writeFileSync(join(folder, 'enabled_plugins'), '[].')
          // a small machine is no reason to take no messages
          writeFileSync(
            join(folder, 'rabbitmq.conf'),
            'disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.relative = 0.95\n',
          )
          return {
            file: '/usr/lib/rabbitmq/bin/rabbitmq-server',
            args: [],
            env: {
              // Erlang takes the place of the script, and so its process id
              RUNNING_UNDER_SYSTEMD: 'true',
              HOME: folder,
              ERL_EPMD_PORT: `${names}`,
              RABBITMQ_NODENAME: `interleave-${port}@localhost`,
              RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
              RABBITMQ_NODE_PORT: `${port}`,
              RABBITMQ_DIST_PORT: `${distribution}`,
              RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1',
              RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
              RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
              RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
              RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'config'),
              RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
              RABBITMQ_LOG_BASE: join(folder, 'log'),
              RABBITMQ_PID_FILE: join(folder, 'pid'),
            },
          }
        },
        greeting: ['AMQP\0\0\x09\x01', /^\x01\0\0/],
        url: (port) => `amqp://guest:guest@127.0.0.1:${port}//`,
      },
    )
  } catch (error) {
    await end(epmd, 'SIGKILL')
    throw error
  }
}

async function serve(atEnd: AtEnd, kind: Kind): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `interleave-${kind.name}-`))
  const log = join(folder, 'output.txt')
  let child: ChildProcess | null = null
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (child) await end(child, signal)
    child = null
  }
  let over = false
  await atEnd(async () => {
    over = true
    await stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const begin = async (port: number): Promise<boolean> => {
    const { file, args, env } = kind.command(folder, port)
    if (!existsSync(file)) throw new Error(`${file} is not there: \`npm test -- provision\` installs ${kind.name}`)
    const output = openSync(log, 'a')
    child = start(file, args, env ?? {}, output)
    closeSync(output)
    const own = child
    while (!over && own.exitCode === null && own.signalCode === null) {
      if (await answers(port, kind.greeting)) return true
      await delay(20)
    }
    return false
  }
  // somebody may take the port between our asking for one and its start
  for (let tries = 0; tries < 3; tries++) {
    const port = await freePort()
    if (await begin(port))
      return {
        port,
        url: kind.url(port),
        stop,
        async start() {
          if (!(await begin(port))) throw new Error(`${kind.name} did not start again: ${readFileSync(log, 'utf8')}`)
        },
      }
    if (over) break
  }
  const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
  throw new Error(`${kind.name} did not start: ${said.slice(-4000)}`)
}

function start(file: string, args: string[], env: Record<string, string>, output: number | 'ignore'): ChildProcess {
  const child = spawn(file, args, {
    detached: true,
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  })
  child.on('error', () => {})
  return child
}

/** With all of its group. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
  const send = (to: number, what: NodeJS.Signals) => {
    try {
      process.kill(to, what)
    } catch {
      // it has gone meanwhile
    }
  }
  if (child.pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) send(signal === 'SIGKILL' ? -child.pid : child.pid, signal)
  await gone
  send(-child.pid, 'SIGKILL')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function answers(port: number, [says, expected]: Kind['greeting']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    const over = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.setTimeout(2000, () => over(false))
    socket.once('connect', () => socket.write(says, 'latin1'))
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1')
      if (expected.test(heard)) over(true)
    })
    socket.once('error', () => over(false))
    socket.once('close', () => over(false))
  })
}
