// Statistics of the area selected by shift-drag: what its lanes did within it, as a sortable table.
import type { AreaRow } from '../../wire/api.ts'
import { count, duration } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import { sliceWord } from '../words.ts'
import type { Session } from '../state/session.ts'
import { AreaChip } from './area-chip.tsx'
import { swatch } from './details.tsx'
import { SortTable, type Column } from './sort-table.tsx'
import { useAnswer } from './use-answer.ts'

export function AreaPanel({ session }: { session: Session }) {
  const area = session.area.value
  if (!area)
    return (
      <Empty title="No area selected">
        Hold <kbd>Shift</kbd> and drag over the timeline: what happened in there is counted here, and Contention then
        ranks that stretch only.
      </Empty>
    )
  return <Statistics session={session} />
}

function Statistics({ session }: { session: Session }) {
  const area = session.area.value!
  const { value, error } = useAnswer(
    session,
    () => session.ask('area', { trace: session.trace, from: area.from, to: area.to, lanes: area.lanes.slice(0, 512) }),
    `${area.from}-${area.to}-${area.lanes.join()}`,
  )
  return (
    <>
      <AreaChip session={session} what="Everything" />
      {!value ? (
        <Empty title={error ? 'No statistics' : 'Counting…'}>{error}</Empty>
      ) : value.length === 0 ? (
        <Empty title="Nothing in this area">No lane in it waited, held or queued anything.</Empty>
      ) : (
        <SortTable
          class="area"
          columns={columns}
          rows={value}
          first={{ column: 'total', down: true }}
          rowKey={(r) => `${r.lane} ${r.kind} ${r.name}`}
          rowTest="area-row"
          below={(r) => {
            const lane = session.lanes.value.find((l) => l.id === r.lane)?.name
            return lane && lane !== r.name ? `${lane}, ${sliceWord(r.kind)}` : sliceWord(r.kind)
          }}
        />
      )}
    </>
  )
}

const columns: Column<AreaRow>[] = [
  {
    id: 'name',
    head: 'What',
    by: (r) => r.name,
    show: (r) => (
      <span class="object-name" title={`${r.name}: ${sliceWord(r.kind)}`}>
        <i class="swatch" style={swatch(r.kind)} />
        <b>{r.name}</b>
      </span>
    ),
  },
  { id: 'count', head: 'Count', number: true, by: (r) => r.count, show: (r) => count(r.count) },
  { id: 'total', head: 'Total', number: true, by: (r) => r.total, show: (r) => duration(r.total) },
  { id: 'min', head: 'Min', number: true, by: (r) => r.min, show: (r) => duration(r.min) },
  { id: 'mean', head: 'Mean', number: true, by: (r) => r.mean, show: (r) => duration(r.mean) },
  { id: 'max', head: 'Max', number: true, by: (r) => r.max, show: (r) => duration(r.max) },
]
