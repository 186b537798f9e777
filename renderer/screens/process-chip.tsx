// "4 processes" in the header, and behind it their tree: who started whom, how long each lived and how it ended, over the
// run's time. A click on one goes to its row in the timeline.
import type { Process, Summary } from '../../wire/api.ts'
import { duration, plural } from '../format.ts'
import { OpenChip } from '../parts/controls.tsx'
import { endingOf, livedFor, processTitle, processTree } from '../process-tree.ts'
import type { Session } from '../state/session.ts'
import { actions } from '../timeline/actions.ts'

/** px a step down the tree */
const step = 14
const deepest = 8

export function ProcessChip({ session, summary }: { session: Session; summary: Summary }) {
  const { processes } = summary
  const endings = processes.map(endingOf)
  const killed = endings.filter((e) => e.killed).length
  const failed = endings.filter((e) => e.grave && !e.killed).length
  const label = plural(processes.length, 'process', 'processes')
  if (processes.length < 2) return <span>{label}</span>
  return (
    <OpenChip
      wide
      plain
      testid="processes"
      label={
        <>
          {label}
          {killed > 0 && <b class="grave-count">{killed} killed</b>}
          {failed > 0 && <b class="grave-count">{failed} failed</b>}
        </>
      }
    >
      <table class="process-tree">
        <thead>
          <tr>
            <th>Process</th>
            <th class="number">pid</th>
            <th>Ended</th>
            <th class="number">Lived</th>
            <th aria-label="When" />
          </tr>
        </thead>
        <tbody>
          {processTree(processes).map(({ process, depth }) => (
            <Row key={process.id} session={session} process={process} depth={depth} end={summary.end} />
          ))}
        </tbody>
      </table>
    </OpenChip>
  )
}

function Row(props: { session: Session; process: Process; depth: number; end: number }) {
  const { process: p, depth, end } = props
  const ending = endingOf(p)
  const percent = (ns: number) => `${Math.min(100, Math.max(0, (100 * ns) / Math.max(1, end)))}%`
  const gone = p.end ?? end
  const lived = livedFor(p, end)
  return (
    <tr class={ending.grave ? 'grave' : ''} title={ending.sentence}>
      <td>
        <button
          class="process-name"
          style={{ paddingLeft: `${Math.min(depth, deepest) * step}px` }}
          onClick={() => actions.toProcess(props.session, p.id)}
        >
          {depth > 0 && <i class="process-branch" />}
          <b>{processTitle(p)}</b>
          {!p.python && <small>not Python</small>}
        </button>
      </td>
      <td class="number quiet">{p.pid}</td>
      <td class="process-end">{ending.text || 'runs'}</td>
      <td class="number">{lived === null ? <span class="quiet">not known</span> : duration(lived)}</td>
      <td>
        <span class="process-life">
          <i style={{ left: percent(p.start), width: `max(2px, ${percent(gone - p.start)})` }} />
        </span>
      </td>
    </tr>
  )
}
