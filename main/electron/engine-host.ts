// Starts the engine as a process of its own and gives each page a port to it.
//
// The database driver needs Node-API 10. Where Electron's own Node has it the engine is a utility process and the page's
// port goes straight there; where it is older (Electron 33) the engine is a child of the pinned Node and this process
// passes the bytes on. A crash of the engine never ends the window: every port of it closes, and the page offers `start`.
import { fork, type ChildProcess } from 'node:child_process'
import { MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron'
import type { FromEngine, ToEngine } from '../engine/process-messages.ts'

export interface EngineHost {
  /** Starts the engine when none runs, before a page asks for it. Rejects with one sentence when it cannot. */
  start(): Promise<void>
  /** A port that speaks to the engine; starts it as `start` does. */
  connect(): Promise<MessagePortMain>
  /** Names of the programs being recorded now. */
  recordings(): string[]
  /** Ends the engine and waits until it is gone. */
  close(how: 'leave' | 'stop'): Promise<void>
}
/**
 * Ports are kept until the process ends, a pair a page. One that becomes garbage in the last moment is deleted twice by
 * Electron: by its own clean-up, and by what V8 has still to do of the collection. The app then ends with SIGSEGV.
 */
const kept: MessagePortMain[] = []
interface Running {
  tell(message: ToEngine, port?: MessagePortMain): void
  ports: Map<number, MessagePortMain>
  recordings: string[]
  /** rejects when it was gone before it could answer: a page that asked at once again would start it for ever */
  ready: Promise<void>
  gone: Promise<void>
  kill(): void
}

export function createEngineHost(options: {
  /** out/main/engine.js */
  program: string
  traces: string
  /** path of a Node with Node-API 10; asked only where this Electron is older */
  node: () => string
  onRecordings: (names: string[]) => void
}): EngineHost {
  let running: Running | null = null
  let connections = 0

  function launch(): Running {
    const ports = new Map<number, MessagePortMain>()
    const hear = (message: FromEngine) => {
      if ('say' in message) return ports.get(message.connection)?.postMessage(message.say)
      self.recordings = message.recordings
      options.onRecordings(message.recordings)
      answers()
    }
    let answers = () => {}
    const own = Number(process.versions.napi) >= 10 ? startUtility(options, hear) : startChild(options, hear)
    const ready = new Promise<void>((resolve, reject) => {
      answers = resolve
      void own.gone.then(() => reject(new Error('The engine could not be started.')))
    })
    ready.catch(() => {})
    const self: Running = { ...own, ready, ports, recordings: [] }
    void own.gone.then(() => {
      if (running === self) running = null
      for (const port of ports.values()) port.close()
      options.onRecordings([])
    })
    return self
  }

  async function started(): Promise<Running> {
    const self = (running ??= launch())
    await self.ready
    return self
  }

  return {
    start: async () => void (await started()),
    async connect() {
      const { tell, ports } = await started()
      const { port1, port2 } = new MessageChannelMain()
      kept.push(port1, port2)
      const number = ++connections
      if (Number(process.versions.napi) >= 10) {
        tell({ connect: number }, port2)
        return port1
      }
      ports.set(number, port2)
      tell({ connect: number })
      port2.on('message', ({ data }) => tell({ hear: data as Uint8Array, connection: number }))
      port2.on('close', () => {
        ports.delete(number)
        tell({ hangUp: number })
      })
      port2.start()
      return port1
    },
    recordings: () => running?.recordings ?? [],
    async close(how) {
      if (!running) return
      const { tell, gone, kill } = running
      tell({ close: how })
      const late = setTimeout(kill, longestClose)
      await gone
      clearTimeout(late)
    },
  }
}

/** ms: stopping a program takes three steps of three seconds; what is not finished then is recovered at the next start */
const longestClose = 20_000

type Own = Pick<Running, 'tell' | 'gone' | 'kill'>
interface Start {
  program: string
  traces: string
  node: () => string
}

function startUtility({ program, traces }: Start, hear: (message: FromEngine) => void): Own {
  const child: UtilityProcess = utilityProcess.fork(program, [traces], { serviceName: 'Interleave engine' })
  child.on('message', hear)
  return {
    tell: (message, port) => child.postMessage(message, port ? [port] : []),
    gone: new Promise((done) => child.once('exit', () => done())),
    kill: () => void child.kill(),
  }
}

function startChild({ program, traces, node }: Start, hear: (message: FromEngine) => void): Own {
  const environment = { ...process.env }
  delete environment.ELECTRON_RUN_AS_NODE
  delete environment.NODE_OPTIONS
  const child: ChildProcess = fork(program, [traces], {
    execPath: node(),
    execArgv: ['--enable-source-maps'],
    env: environment,
    serialization: 'advanced',
  })
  child.on('message', (message) => hear(message as FromEngine))
  return {
    // Without the callback a message to a child that is already gone would be an uncaught exception here.
    tell: (message) => void (child.connected && child.send(message, () => {})),
    gone: new Promise((done) => {
      child.once('exit', () => done())
      child.once('error', () => done())
    }),
    kill: () => void child.kill('SIGKILL'),
  }
}
