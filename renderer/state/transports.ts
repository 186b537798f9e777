// The two ways to the engine: a MessagePort that Electron's preload hands over, or a WebSocket of the same origin.
// Both carry bytes in both directions and say when the other end is gone; connection.ts knows no more of them.
import type { Transport } from './connection.ts'

export function portTransport(port: MessagePort): Transport {
  return {
    // Not transferred: through Electron's main process a transferred buffer arrives empty.
    send: (bytes) => port.postMessage(bytes),
    listen: (onBytes, onClose) => {
      port.onmessage = (e: MessageEvent<Uint8Array | ArrayBuffer>) =>
        onBytes(e.data instanceof Uint8Array ? e.data : new Uint8Array(e.data))
      port.addEventListener('close', onClose)
      port.start()
    },
    close: () => port.close(),
  }
}

/** Ask Electron's preload for a port; it comes as a message to this window, because none can go through contextBridge. */
export function openPort(shell: { connect(): unknown }, limit = 10_000): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const done = (then: () => void) => {
      clearTimeout(timer)
      removeEventListener('message', listener)
      then()
    }
    const timer = setTimeout(() => done(() => reject(new Error('The engine did not answer.'))), limit)
    const listener = (e: MessageEvent) => {
      const port = e.ports[0]
      if (e.source === window && e.data === 'interleave-engine' && port) done(() => resolve(portTransport(port)))
    }
    addEventListener('message', listener)
    Promise.resolve(shell.connect()).catch((error: Error) => done(() => reject(error)))
  })
}

export function openSocket(url: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    socket.onerror = () => reject(new Error('The engine could not be reached.'))
    socket.onclose = () => reject(new Error('The engine closed the connection.'))
    socket.onopen = () =>
      resolve({
        send: (bytes) => socket.send(bytes),
        listen: (onBytes, onClose) => {
          socket.onmessage = (e: MessageEvent<ArrayBuffer>) => onBytes(new Uint8Array(e.data))
          socket.onclose = onClose
          if (socket.readyState > WebSocket.OPEN) onClose()
        },
        close: () => socket.close(),
      })
  })
}
