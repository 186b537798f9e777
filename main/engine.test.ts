// The engine over its own wire: calls that are wrong, files that are damaged, a recording from start to end. What it says
// is one sentence, and it goes on.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answers, Argument, Call, Message, Notices } from '../wire/api.ts'
import { decode, encode } from '../wire/codec.ts'
import { createEngine, type Connection, type Engine } from './engine.ts'
import { recipeFile } from './run/recipes.ts'

let folder: string
let engine: Engine
let page: Page
let whole: string
let recorded: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-engine-'))
  writeFileSync(join(folder, 'note.txt'), 'no trace')
  engine = createEngine({ folder })
  page = new Page(engine)
  recorded = (await page.ask('runStart', { command: ['python3', recipeFile('threading/lock_contention')] })).trace
  await page.until('changed', (n) => n.trace === recorded && n.state === 'finished')
  whole = (await page.ask('summary', { trace: recorded })).path
})
afterAll(async () => {
  await engine.close('stop')
  rmSync(folder, { recursive: true, force: true })
})

/** The other end of a connection. */
class Page {
  readonly heard: Message[] = []
  private readonly connection: Connection
  private readonly waiting = new Map<number, (message: Message) => void>()
  private readonly listeners = new Set<(message: Message) => void>()
  private id = 0
  constructor(to: Engine) {
    this.connection = to.connect((bytes) => {
      const message = decode(bytes)
      this.heard.push(message)
      if ('id' in message) this.waiting.get(message.id)?.(message)
      for (const listener of this.listeners) listener(message)
    })
  }
  ask<C extends Call>(call: C, argument: Argument<C>): Promise<Answers[C]> {
    const id = ++this.id
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (message) => {
        if ('error' in message) reject(new Error(message.error))
        else resolve((message as { answer: Answers[C] }).answer)
      })
      this.send(encode({ id, call, argument }))
    })
  }
  /** The sentence of a refusal, or null when it was answered. */
  said<C extends Call>(call: C, argument: Argument<C>): Promise<string | null> {
    return this.ask(call, argument).then(
      () => null,
      (error: Error) => error.message,
    )
  }
  until<N extends keyof Notices>(notice: N, wanted: (body: Notices[N]) => boolean): Promise<void> {
    const is = (m: Message) => 'notice' in m && m.notice === notice && wanted(m.body as Notices[N])
    if (this.heard.some(is)) return Promise.resolve()
    return new Promise((resolve) => {
      const listener = (m: Message) => {
        if (!is(m)) return
        this.listeners.delete(listener)
        resolve()
      }
      this.listeners.add(listener)
    })
  }
  send(bytes: Uint8Array): void {
    this.connection.hear(bytes)
  }
}
const aSentence = /^\S[^\n]*[.!?]$/

/** Every question a window asks of a trace it shows. */
async function askEverything(trace: number): Promise<(string | null)[]> {
  const { lanes } = await page.ask('lanes', { trace })
  const ids = lanes.map((lane) => lane.id)
  const { end } = await page.ask('summary', { trace })
  const said = [
    await page.said('window', { trace, from: 0, to: end + 1, width: 1000, lanes: ids }),
    await page.said('window', { trace, from: end / 3, to: end / 2, width: 500, lanes: ids }),
    await page.said('contention', { trace }),
    await page.said('findings', { trace }),
    await page.said('area', { trace, from: 0, to: end, lanes: ids }),
    await page.said('search', { trace, text: 'lock' }),
  ]
  for (const lane of ids.slice(0, 8)) {
    said.push(await page.said('slice', { trace, lane, time: end / 2, slack: end }))
    said.push(await page.said('flows', { trace, lane, time: end / 2, depth: 2 }))
  }
  return said
}

test('a recording is told from its start to its end, and is in the list', async () => {
  const changes = page.heard.flatMap((m) =>
    'notice' in m && m.notice === 'changed' ? [m.body as Notices['changed']] : [],
  )
  expect(changes[0]!.state).toBe('recording')
  expect(changes.filter(({ end }, i) => i > 0 && end < changes[i - 1]!.end)).toEqual([])
  const summary = await page.ask('summary', { trace: recorded })
  expect(summary).toMatchObject({ state: 'finished', exit: 0, threads: 6, rows: 1 })
  expect(summary.losses.filter(({ what }) => what !== 'unseen')).toEqual([])
  expect(summary.output).toMatch(/^\d+ audits, 2000 in the vault\n$/)
  const [first] = await page.ask('contention', { trace: recorded })
  expect(first).toMatchObject({ name: 'Bank.lock', kind: 'lock' })
  const rules = await page.ask('rules', { trace: recorded })
  expect(rules).toContainEqual({ rule: 'contention', answer: 'found', because: '' })
  expect(rules).toContainEqual({ rule: 'deadlock', answer: 'clear', because: '' })
  expect(await askEverything(recorded)).not.toContainEqual(expect.any(String))
  const { traces } = await page.ask('home', {})
  expect(traces.map((t) => [t.path, t.unfinished, t.recording ?? false])).toEqual([[whole, false, false]])
})

test('it is compared with an earlier run, and not with itself, a run that is not there or one that goes on', async () => {
  const earlier = join(folder, 'earlier-1.sqlite')
  copyFileSync(whole, earlier)
  const told = await page.ask('compare', { trace: recorded, with: ['earlier-1.sqlite'] })
  expect(told.before.runs.map(({ path }) => path)).toEqual([earlier])
  expect(told.after.runs.map(({ path }) => path)).toEqual([whole])
  expect(told.duration).toMatchObject({ difference: 0, interval: null, change: 'same' })
  expect(told.findings.find(({ rule }) => rule === 'contention')).toMatchObject({ change: 'same' })
  const [lock] = await page.ask('contention', { trace: recorded })
  expect(told.waits[0]).toMatchObject({ name: 'Bank.lock', object: lock!.object, lane: lock!.lane })
  expect(await page.said('compare', { trace: recorded, with: [whole] })).toMatch(
    /^A run cannot be compared with itself/,
  )
  expect(await page.said('compare', { trace: recorded, with: ['none.sqlite'] })).toMatch(/^There is no file .*none/)
  expect(await page.said('compare', { trace: recorded, with: ['note.txt'] })).toMatch(aSentence)
  rmSync(earlier)
})

test('reopened, it answers the same', async () => {
  const again = new Page((await restart()).engine)
  const { trace } = await again.ask('open', { path: whole })
  for (const call of ['lanes', 'contention', 'findings', 'rules', 'criticalPath'] as const)
    expect(await again.ask(call, { trace })).toEqual(await page.ask(call, { trace: recorded }))
  const now = await again.ask('summary', { trace })
  const { trace: _, ...before } = await page.ask('summary', { trace: recorded })
  expect(now).toMatchObject(before)
})
const others: Engine[] = []
async function restart() {
  others.push(createEngine({ folder }))
  return { engine: others.at(-1)! }
}
afterAll(() => Promise.all(others.map((other) => other.close('stop'))))

test.each<[string, Call, unknown, RegExp]>([
  ['a number that is not open', 'summary', { trace: 999 }, /^This trace is not open any more/],
  ['no trace', 'lanes', {}, /^"lanes" was asked with a wrong argument: trace: /],
  ['a lane that is not there', 'slice', { trace: 1, lane: 9999, time: 0, slack: 0 }, /lane 9999/],
  ['a width of nothing', 'window', { trace: 1, from: 0, to: 1, width: 0, lanes: [] }, /width/],
  ['neither recipe nor command', 'runStart', {}, /recipe or a command/],
  ['a recipe that is not there', 'runStart', { recipe: '../../etc/passwd' }, /no recipe/],
  ['a program that is not there', 'runStart', { command: ['no-such-program-anywhere'] }, /no-such-program-anywhere/],
  ['a folder that is not there', 'runStart', { command: ['python3'], cwd: '/no/such/folder' }, /no\/such\/folder/],
  ['a file that is not there', 'open', { path: '/no/such.sqlite' }, /\/no\/such\.sqlite/],
  ['a folder', 'open', { path: '/tmp' }, /\/tmp/],
  ['a device', 'open', { path: '/dev/zero' }, /\/dev\/zero/],
  ['no path', 'open', { path: ' ' }, /path/],
  ['removing what is not in the list', 'remove', { path: '/etc/passwd' }, /^Only traces of the list/],
  ['removing by a way out', 'remove', { path: '../../etc/passwd' }, /^Only traces of the list/],
  ['saving over a file that is no trace', 'save', { trace: 1, path: 'note.txt' }, /is not a trace/],
  ['saving into no folder', 'save', { trace: 1, path: '/no/such/folder/x.sqlite' }, /no\/such\/folder/],
  ['SQL that writes', 'query', { trace: 1, sql: 'DELETE FROM slice', limit: 1 }, /Only questions/],
  ['SQL that is none', 'query', { trace: 1, sql: 'SELECT FROM', limit: 1 }, /SQLite says/],
])('%s is refused in a sentence', async (_, call, argument, sentence) => {
  const said = await page.said(call, argument as Argument<typeof call>)
  expect(said).toMatch(sentence)
  expect(said).toMatch(aSentence)
})

test('bytes that are no message are answered in a sentence, and the next call is served', async () => {
  const before = page.heard.length
  for (const bytes of [[], [0xc1], [1, 2, 3], [0x80]]) page.send(Uint8Array.from(bytes))
  page.send(encode({ id: 1000, call: 'constructor' as Call, argument: {} }))
  await page.ask('home', {})
  const errors = page.heard.slice(before).flatMap((m) => ('error' in m ? [m.error] : []))
  expect(errors.length).toBe(5)
  for (const error of errors) expect(error).toMatch(aSentence)
})

test('a copy is saved whole, opens, and is not written over a file that is no trace', async () => {
  const path = join(folder, 'copies.sqlite')
  expect(await page.ask('save', { trace: recorded, path: path.replace('.sqlite', '') })).toEqual({ path })
  const { trace } = await page.ask('open', { path })
  expect(await page.ask('lanes', { trace })).toEqual(await page.ask('lanes', { trace: recorded }))
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([])
  await page.ask('remove', { path })
  expect(existsSync(path)).toBe(false)
  expect(await page.said('lanes', { trace })).toMatch(/not open any more/)
})

// ── files that are not trusted ──────────────────────────────────────────────────────────────────────────────────────
const bad = (name: string) => join(folder, `${name}.sqlite`)
const spoilt = (name: string, spoil: (db: Database.Database) => void) => {
  const path = bad(name)
  copyFileSync(whole, path)
  const db = new Database(path)
  spoil(db)
  db.close()
  return path
}
test.each<[string, () => string]>([
  ['text', () => (writeFileSync(bad('text'), 'no trace at all\n'.repeat(500)), bad('text'))],
  ['nothing', () => (writeFileSync(bad('nothing'), ''), bad('nothing'))],
  ['half of it', () => (writeFileSync(bad('half'), readFileSync(whole).subarray(0, 30_000)), bad('half'))],
  ['another application', () => spoilt('other', (db) => db.pragma('application_id = 7'))],
  ['a newer version', () => spoilt('newer', (db) => db.pragma('user_version = 99'))],
  ['a trigger', () => spoilt('trigger', (db) => db.exec('CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END'))],
  ['a view', () => spoilt('view', (db) => db.exec('CREATE VIEW v AS SELECT * FROM run'))],
  [
    'our view, changed',
    () => spoilt('changed', (db) => db.exec('DROP VIEW wait; CREATE VIEW wait AS SELECT load_extension(1)')),
  ],
  ['a table less', () => spoilt('less', (db) => db.exec('DROP TABLE object'))],
])('%s is refused in a sentence', async (_, make) => {
  const path = make()
  const said = await page.said('open', { path })
  expect(said).toMatch(aSentence)
  rmSync(path)
})

test('with any bit turned it is refused, or opens and answers every question in figures or in a sentence', async () => {
  const bytes = readFileSync(whole)
  const path = bad('flipped')
  let refused = 0
  const turns = 150
  for (let i = 0; i < turns; i++) {
    const spoiled = Buffer.from(bytes)
    // spread over the whole file, every other one in its first pages, where the schema is
    const at = i % 2 ? Math.floor((i / turns) * bytes.length) : Math.floor((i / turns) * 8192)
    spoiled[at]! ^= 1 << (i % 8)
    writeFileSync(path, spoiled)
    const opened = await page.ask('open', { path }).catch((error: Error) => error.message)
    if (typeof opened === 'string') {
      refused++
      expect(opened, `byte ${at}`).toMatch(aSentence)
      continue
    }
    for (const said of await askEverything(opened.trace))
      if (said !== null) expect(said, `byte ${at}`).toMatch(aSentence)
    await page.ask('close', opened)
  }
  expect(refused).toBeGreaterThan(0)
  rmSync(path)
})
