// What was waited for, by how long: locks, queues, the GIL, event loops, pools; and who had them meanwhile. A click goes
// to the longest wait.
// With an area selected it counts that area only, and says so.
import type { Contention } from '../../wire/api.ts'
import type { ObjectKindName } from '../../wire/kinds.ts'
import { count, duration, percent } from '../format.ts'
import { Icon, kindIcon } from '../parts/icon.tsx'
import { Empty } from '../parts/controls.tsx'
import { objectWord } from '../words.ts'
import type { Session } from '../state/session.ts'
import { jumpClose } from './jump.ts'
import { SortTable, type Column } from './sort-table.tsx'
import { useAnswer } from './use-answer.ts'
import { AreaChip } from './area-chip.tsx'

export function ContentionPanel({ session }: { session: Session }) {
  const area = session.area.value
  const within = area && { from: area.from, to: area.to }
  const { value, error } = useAnswer(
    session,
    () => session.ask('contention', { trace: session.trace, ...within }),
    within ? `${within.from}-${within.to}` : '',
  )
  if (!value) return <Empty title={error ? 'No ranking' : 'Ranking…'}>{error}</Empty>
  const live = session.summary.value?.state === 'recording'
  const worst = Math.max(1, ...value.map((c) => c.total))
  const selected = session.selection.value?.object?.id
  return (
    <>
      <AreaChip session={session} what="Waits" />
      {value.length === 0 ? (
        <Empty
          title={
            within
              ? 'No lock, queue or pool was waited for in this area'
              : live
                ? 'No lock, queue or pool has been waited for yet'
                : 'No lock, queue or pool was waited for'
          }
        >
          {within
            ? 'Clear the area to rank the whole run.'
            : 'What threads, tasks and jobs wait for is ranked here, the costliest first: locks, queues, the GIL, event loops, pools. Waits for another thread, task or process have no holder to rank: they are in the timeline.'}
        </Empty>
      ) : (
        <SortTable
          class="contention"
          columns={columns(worst, (c) => ownerOf(session, c))}
          rows={value}
          first={{ column: 'total', down: true }}
          rowKey={(c) => c.object}
          rowTest="contention-row"
          rowTitle="Go to its longest wait"
          chosen={(c) => c.object === selected}
          onRow={(c) => void jumpClose(session, c.longestAt.lane, c.longestAt.time)}
          below={(c) => <Holders contention={c} />}
        />
      )}
    </>
  )
}

/** where it was not a thread that stood still, who waited */
const waitWords: Partial<Record<ObjectKindName, string>> = {
  gil: 'threads ready to run Python code',
  loop: 'tasks ready, waiting for the loop',
  pool: 'jobs queued for a worker',
}
/** what the one who had it did with it meanwhile */
const heldWords: Partial<Record<ObjectKindName, string>> = { loop: 'in steps of', pool: 'jobs on' }

/** There is a GIL, a loop, a pool in every process: of which it is. */
function ownerOf(session: Session, { kind, lane }: Contention): string {
  const processes = session.summary.value?.processes ?? []
  if (processes.length < 2 || !waitWords[kind]) return ''
  const process = session.lanes.value.find((l) => l.id === lane)?.process
  return processes.find((p) => p.id === process)?.name ?? ''
}

const columns = (worst: number, owner: (c: Contention) => string): Column<Contention>[] => [
  {
    id: 'name',
    head: 'Waited for',
    by: (c) => c.name,
    show: (c) => (
      <span
        class="object-name"
        title={`${objectWord(c.kind)} ${c.name} ${c.site}${waitWords[c.kind] ? `: ${waitWords[c.kind]}` : ''}`}
      >
        <Icon name={kindIcon(c.kind)} size={14} />
        <b>{c.name}</b>
        {owner(c) && <span class="owner">of {owner(c)}</span>}
        {c.site && !c.name.includes(c.site) && (
          <span class="site">
            <span>{c.site}</span>
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'total',
    head: 'Total',
    title: 'All waits for it, of all threads, tasks or jobs together',
    number: true,
    by: (c) => c.total,
    show: (c) => (
      <>
        <i class="share-bar" style={{ width: `${(100 * c.total) / worst}%` }} />
        {duration(c.total)}
      </>
    ),
  },
  { id: 'count', head: 'Count', number: true, by: (c) => c.count, show: (c) => count(c.count) },
  { id: 'longest', head: 'Longest', number: true, by: (c) => c.longest, show: (c) => duration(c.longest) },
  { id: 'mean', head: 'Mean', number: true, by: (c) => c.mean, show: (c) => duration(c.mean) },
]

function Holders({ contention }: { contention: Contention }) {
  const { holders, total } = contention
  if (holders.length === 0 && !waitWords[contention.kind]) return null
  // a second line for what is worth one
  const shown = holders.slice(0, holders[1] && holders[1].dur >= total / 100 ? 2 : 1)
  const rest = holders.slice(shown.length)
  return (
    <ul class="holders">
      {waitWords[contention.kind] && <li class="quiet">{waitWords[contention.kind]}</li>}
      {shown.map((h) => (
        <li key={h.thread + h.site}>
          <span class="holder-share">{percent(h.dur / total)}</span> {heldWords[contention.kind] ?? 'held by'}{' '}
          <b>{h.thread}</b>
          {h.site && <code>{h.site}</code>}
        </li>
      ))}
      {rest.length > 0 && (
        <li class="quiet" title={rest.map((h) => `${h.thread} ${h.site} ${duration(h.dur)}`).join('\n')}>
          and {rest.length} more
        </li>
      )}
    </ul>
  )
}
