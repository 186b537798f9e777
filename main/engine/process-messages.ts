// What the Electron shell and the engine's process say to each other. Packed messages of the page pass through as
// bytes; nothing here looks into them. A page is reached by its own port (utility process) or by number (child process).

export type ToEngine =
  /** comes with a MessagePort in a utility process */
  | { connect: number }
  | { hear: Uint8Array; connection: number }
  | { hangUp: number }
  /** end the process: leave the recorded programs running, or stop them first */
  | { close: 'leave' | 'stop' }

export type FromEngine =
  | { say: Uint8Array; connection: number }
  /** names of the programs being recorded now; the first one says that the engine is ready */
  | { recordings: string[] }
