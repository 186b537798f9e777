// Starts the tools of a test run and makes sure that nothing of them stays. Each runs in a group of its own and carries
// a mark in its environment; what still has the mark when all is done was left behind by a test. Everything is ended by
// its number, never by a name.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const mark = 'INTERLEAVE_TEST_RUN'
const markValue = randomUUID()
const running = new Set()
const colour = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }

/** Runs a command to its end, its output ours. Answers the exit code; a signal is 1. */
export function run(command, env = {}) {
  const child = start(command, env, ['ignore', 'inherit', 'inherit'])
  return new Promise((done) => {
    child.once('error', (error) => {
      console.log(`${command[0]} could not be started: ${error.message}`)
      done(1)
    })
    child.once('exit', (code) => {
      running.delete(child)
      done(code ?? 1)
    })
  })
}

/** A display of our own for the windows; the number is the server's to choose. null: it did not start. */
export function startDisplay() {
  const screen = ['-screen', '0', '1600x1000x24', '-nolisten', 'tcp']
  const child = start(['Xvfb', '-displayfd', '3', ...screen], {}, ['ignore', 'ignore', 'ignore', 'pipe'])
  return new Promise((done) => {
    let number = ''
    child.stdio[3].on('data', (text) => {
      number += text
      if (number.includes('\n')) done(`:${number.trim()}`)
    })
    const failed = (why) => {
      console.log(`Xvfb did not start: ${why}`)
      done(null)
    }
    child.once('error', (error) => failed(error.message))
    child.once('exit', (code) => number === '' && failed(`it ended with ${code}`))
  })
}

/** Ends what was started here and has not ended. */
export function stopRunning() {
  for (const child of running) endGroup(child)
}

/** What a test started and did not stop. A browser takes a moment to go: they get up to five seconds. */
export async function leftovers() {
  stopRunning()
  for (let tries = 0; tries < 50 && marked().length > 0; tries++) await setTimeout(100)
  return marked()
}
export function endLeftovers() {
  for (const { pid } of marked())
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has gone meanwhile
    }
}

/** Processes that carry our mark and are not us. */
function marked() {
  if (process.platform !== 'linux') return []
  const found = []
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n) && Number(n) !== process.pid))
    try {
      const state = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)[0]
      if (state === 'Z' || !readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${mark}=${markValue}`)) continue
      found.push({ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ') })
    } catch {
      // it has gone meanwhile, or is another user's
    }
  return found
}

function start([file, ...args], env, stdio) {
  const child = spawn(file, args, {
    stdio,
    detached: true,
    env: { ...process.env, ...colour, ...env, [mark]: markValue },
  })
  running.add(child)
  return child
}
function endGroup(child) {
  running.delete(child)
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nothing of it is left
  }
}
