// What decided how long the run took, or the selected area: the critical path in sums, what would be gained at most if
// nobody had to wait for something, and how many ran at once. In: the answer behind the lane of the path. Out: the tab; a
// click on an actor or object goes to its lane.
import { signal } from '@preact/signals'
import type { CriticalPath, Parallelism } from '../../wire/api.ts'
import { duration, percent } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Session } from '../state/session.ts'
import { actions } from '../timeline/actions.ts'
import { few, mostRunners } from '../timeline/scene-runners.ts'
import { AreaChip } from './area-chip.tsx'
import { jump } from './jump.ts'
import { SortTable, type Column } from './sort-table.tsx'
import { useAnswer, type Kept } from './use-answer.ts'

type Sum = CriticalPath['sums'][number]
const groups: [by: Sum['by'], label: string][] = [
  ['actor', 'Thread or task'],
  ['object', 'Object'],
  ['line', 'Line'],
]
const by = signal<Sum['by']>('actor')

/** The area, where one is selected; else nothing, and it is the path of the run. */
export const chosen = ({ area }: Session) => area.value && { from: area.value.from, to: area.value.to }
const within = ({ area, end }: Session) => ({
  from: area.value?.from ?? 0,
  to: area.value?.to ?? Math.max(1, end.peek()),
})

export function PathPanel({ session, path }: { session: Session; path: Kept<CriticalPath | null> }) {
  const shown = session.pathShown.value
  return (
    <div class="path-panel" data-testid="path">
      <AreaChip session={session} what="The path" />
      <div class="path-actions">
        <button class="button small" aria-pressed={shown} data-testid="path-show" onClick={() => actions.path(session)}>
          {shown ? 'Hide it in the timeline' : 'Show it in the timeline'}
        </button>
        <kbd>C</kbd>
      </div>
      {path.value ? (
        <Path session={session} path={path.value} />
      ) : (
        <Empty title={path.error ? 'No path' : 'Looking for what decided it…'}>{path.error}</Empty>
      )}
      <Runners session={session} />
    </div>
  )
}

function Path({ session, path }: { session: Session; path: CriticalPath }) {
  const sums = path.sums.filter((s) => s.by === by.value)
  const gains = path.whatIf.filter((w) => w.share >= 0.005)
  return (
    <>
      <p class="path-lead">
        Step by step back from the end, this decided that it took <b>{duration(path.to - path.from)}</b>: whoever was
        waited for last.
      </p>
      {path.because && (
        <p class="path-because" data-testid="path-because">
          <Icon name="warning" size={13} /> {path.because}
        </p>
      )}
      {gains.length === 0 && (
        <p class="path-lead" data-testid="what-if">
          {path.because
            ? 'As far as it is known, no lock, queue or anything else that is waited for made it longer.'
            : 'No lock, queue or anything else that is waited for made it noticeably longer.'}
        </p>
      )}
      {gains.length > 0 && (
        <section>
          <h4>If nobody had to wait for …</h4>
          <ul class="what-if" data-testid="what-if">
            {gains.slice(0, 8).map((w) => (
              <li key={w.name}>
                <button class="link-button" onClick={() => toObject(session, w.object)}>
                  {w.name}
                </button>
                <span>
                  at most <b>{percent(w.share)}</b> shorter <small class="quiet">{duration(w.dur)}</small>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="segments" role="group" aria-label="The path summed by">
        {groups.map(([id, label]) => (
          <button key={id} aria-pressed={by.value === id} data-testid={`path-by-${id}`} onClick={() => (by.value = id)}>
            {label}
          </button>
        ))}
      </div>
      {sums.length === 0 ? (
        <p class="quiet path-none">Nothing on the path is of that kind.</p>
      ) : (
        <SortTable
          class="path"
          columns={columns}
          rows={sums}
          first={{ column: 'dur', down: true }}
          rowKey={(r) => `${r.lane} ${r.name}`}
          rowTest="path-row"
          rowTitle="Go to its lane"
          onRow={(r) => r.lane !== null && goTo(session, path, r.lane)}
        />
      )}
      {path.more && <p class="quiet path-none">Steps that follow each other closely are told as one.</p>}
    </>
  )
}

function toObject(session: Session, object: number) {
  const lane = session.lanes.peek().find((l) => l.object === object && l.depth === 0)
  const { from, to } = session.view.peek()
  if (lane) void jump(session, lane.id, Math.max(0, (from + to) / 2))
}
/** Where the path spends the longest time on that lane at once. */
function goTo(session: Session, path: CriticalPath, lane: number) {
  const [longest] = path.steps.filter((s) => s.lane === lane).sort((a, b) => b.to - b.from - (a.to - a.from))
  const { from, to } = session.view.peek()
  void jump(session, lane, longest ? (longest.from + longest.to) / 2 : Math.max(0, (from + to) / 2))
}

const columns: Column<Sum>[] = [
  { id: 'name', head: 'On the path', by: (r) => r.name, show: (r) => <b title={r.name}>{r.name}</b> },
  {
    id: 'dur',
    head: 'Time',
    number: true,
    by: (r) => r.dur,
    show: (r) => (
      <>
        <i class="share-bar path-share" style={{ width: `${100 * r.share}%` }} />
        {duration(r.dur)}
      </>
    ),
  },
  { id: 'share', head: 'Share', number: true, by: (r) => r.share, show: (r) => percent(r.share) },
]

/** For how long nobody, one, two … ran. */
function Runners({ session }: { session: Session }) {
  const { from, to } = within(session)
  const area = session.area.value
  const { value } = useAnswer(
    session,
    () => session.ask('parallelism', { trace: session.trace, ...within(session), width: 1 }),
    area ? `${from}-${to}` : `${session.summary.value?.state}`,
    2000,
  )
  if (!value) return null
  const whole = Math.max(1, value.to - value.from)
  const most = Math.max(...value.spread, 1)
  return (
    <section class="runners" data-testid="runners">
      <h4>
        Running at once{' '}
        <span class="quiet">
          {few(value.mean)} on average, at most {mostRunners(value)}
        </span>
      </h4>
      <table aria-label="Time in which exactly so many ran">
        <tbody>
          {rowsOf(value).map(([label, ns]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="runners-bar">
                <i style={{ width: `${(100 * ns) / most}%` }} />
              </td>
              <td class="number">{duration(ns)}</td>
              <td class="number quiet">{percent(ns / whole)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {value.because && <p class="quiet">{value.because}</p>}
    </section>
  )
}

/** more are one row */
const mostRows = 10
function rowsOf({ spread }: Parallelism): [label: string, ns: number][] {
  const rows = spread.map((ns, n): [string, number] => [n === 0 ? 'nobody' : String(n), ns])
  while (rows.length > 1 && rows.at(-1)![1] === 0) rows.pop()
  if (rows.length <= mostRows) return rows
  const rest = rows.slice(mostRows - 1).reduce((sum, [, ns]) => sum + ns, 0)
  return [...rows.slice(0, mostRows - 1), [`${mostRows - 1} or more`, rest]]
}
