// Reads facts.sql: recipe → what its trace must show, each a sentence, a question and its answer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Fact {
  says: string
  sql: string
  answer: string
}

/** With names instead of numbers: the flows; messages, also of which only one half was seen; ranks in collectives. */
const named = `sent AS (
  SELECT o.name AS channel, m.number, pa.name AS "from", pb.name AS "to", m.bytes
  FROM message m JOIN object o ON o.id = m.channel
  LEFT JOIN lane la ON la.id = m.from_lane LEFT JOIN object a ON a.id = la.object LEFT JOIN process pa ON pa.id = a.process
  LEFT JOIN lane lb ON lb.id = m.to_lane LEFT JOIN object b ON b.id = lb.object LEFT JOIN process pb ON pb.id = b.process),
entered AS (
  SELECT o.name AS communicator, e.number, p.name AS process, e.operation, e.root
  FROM entry e JOIN object o ON o.id = e.communicator JOIN lane l ON l.id = e.lane JOIN object t ON t.id = l.object
  JOIN process p ON p.id = t.process),
arrow AS (
  SELECT k.name AS kind, o.name AS via, a.name AS cause, pa.name AS cause_process, b.name AS effect,
         pb.name AS effect_process, f.from_time AS "from", f.to_time AS "to"
  FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind LEFT JOIN object o ON o.id = f.object
  JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object JOIN process pa ON pa.id = a.process
  JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object JOIN process pb ON pb.id = b.process)`

export function readFacts(): Map<string, Fact[]> {
  const facts = new Map<string, Fact[]>()
  const [, ...paragraphs] = readFileSync(join(import.meta.dirname, 'facts.sql'), 'utf8')
    .trim()
    .split('\n\n')
  for (const paragraph of paragraphs) {
    const [id, ...lines] = paragraph.split('\n')
    const own: Fact[] = []
    for (let i = 0; i < lines.length; i += 3) {
      const [says, sql, answer] = lines.slice(i, i + 3)
      if (!says?.startsWith('-- ') || !answer?.startsWith('--> ')) throw new Error(`facts.sql, ${id}: ${says}`)
      own.push({ says: says.slice(3), sql: `WITH ${named} ${sql}`, answer: answer.slice(4) })
    }
    facts.set(id!.slice(3), own)
  }
  return facts
}

export const told = (rows: unknown[][]): string =>
  rows.map((row) => row.map((value) => value ?? '–').join(' ')).join(', ')
