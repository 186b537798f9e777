// The engine as a process of its own, started by the Electron shell: a utility process, or a child of the pinned Node
// where Electron's own Node is too old for the database driver. Arguments: the folder of traces.
//
// It outlives no shell: when the shell is gone (disconnect) it leaves the recorded programs running and exits; what they
// write waits in their run folders until the next start.
import { createEngine, type Connection } from '../engine.ts'
import type { FromEngine, ToEngine } from './process-messages.ts'

interface Port {
  on(event: 'message', hear: (message: { data: unknown; ports: Port[] }) => void): void
  on(event: 'close', gone: () => void): void
  postMessage(message: unknown): void
  start(): void
}
const utility = (process as unknown as { parentPort?: Port }).parentPort

const tell = (message: FromEngine) =>
  utility ? utility.postMessage(message) : void process.send?.(message, undefined, undefined, () => {})
const engine = createEngine({ folder: process.argv[2]!, onRecordings: (names) => tell({ recordings: names }) })
const connections = new Map<number, Connection>()

function hear(message: ToEngine, port?: Port): void {
  if ('connect' in message) connect(message.connect, port)
  else if ('hear' in message) connections.get(message.connection)?.hear(message.hear)
  else if ('hangUp' in message) hangUp(message.hangUp)
  else void leave(message.close)
}

function connect(number: number, port?: Port): void {
  const connection = engine.connect((bytes) =>
    port ? port.postMessage(bytes) : tell({ say: bytes, connection: number }),
  )
  connections.set(number, connection)
  if (!port) return
  port.on('message', ({ data }) => connection.hear(data as Uint8Array))
  port.on('close', () => hangUp(number))
  port.start()
}

function hangUp(number: number): void {
  connections.get(number)?.close()
  connections.delete(number)
}

async function leave(how: 'leave' | 'stop'): Promise<void> {
  await engine.close(how)
  process.exit(0)
}

if (utility) utility.on('message', ({ data, ports }) => hear(data as ToEngine, ports[0]))
else {
  process.on('message', (message) => hear(message as ToEngine))
  process.on('disconnect', () => void leave('leave'))
}
tell({ recordings: [] })
