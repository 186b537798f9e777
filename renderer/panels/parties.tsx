// Those who wait for each other: drawn as a circle, and told one by one, each with what it waits for, since when, who
// could let it go on, and its stack. The list is what the drawing says, in words. In: parties of a finding. Out: a click
// or Enter on one goes to its lane at that time.
import type { Party } from '../../wire/api.ts'
import { duration, moment, plural } from '../format.ts'
import type { Session } from '../state/session.ts'
import { Frame } from './details.tsx'
import { jumpClose } from './jump.ts'
import { lineHeight, nodeHeight, waitGraph, type GraphEdge, type WaitGraph } from './wait-graph.ts'

export function Parties({ session, parties }: { session: Session; parties: readonly Party[] }) {
  const graph = waitGraph(parties)
  const go = (p: Party) => void jumpClose(session, p.lane, p.time)
  const end = session.end.value
  return (
    <section class="parties" data-testid="parties">
      {graph && graph.edges.length > 0 && (
        <Drawing graph={graph} parties={parties} onGo={(i) => go(parties[i]!)} chosen={session.selection.value?.lane} />
      )}
      <ol class="party-list" aria-label="Who waits for whom">
        {parties.map((p, i) => (
          <li key={i} data-testid="party">
            <button class="link-button party-name" title="Go to its lane, when it began to wait" onClick={() => go(p)}>
              {p.name}
            </button>{' '}
            {p.waits}{' '}
            <span class="quiet">
              since {moment(p.time)}, for {duration(Math.max(0, end - p.time))}
            </span>
            {p.needs.map((need, k) => (
              <p key={k} class="party-need">
                ↳ <b>{parties[need.party]?.name}</b> {need.because}
              </p>
            ))}
            {p.stack.length > 0 && (
              <details class="party-stack">
                <summary>Stack, {plural(p.stack.length, 'frame')}, innermost first</summary>
                <ol class="stack">
                  {p.stack.map((place, k) => (
                    <Frame key={k} place={place} />
                  ))}
                </ol>
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function Drawing(props: {
  graph: WaitGraph
  parties: readonly Party[]
  onGo: (party: number) => void
  chosen: number | undefined
}) {
  const { graph, parties, onGo } = props
  return (
    <svg
      class="wait-graph"
      viewBox={`0 0 ${graph.width} ${graph.height}`}
      role="group"
      aria-label="Drawing of who waits for whom; the list below says the same"
    >
      {graph.edges.map((e) => (
        <g key={`${e.from} ${e.to}`} class="wait-edge">
          <path d={e.d} />
          <path class="head" d={e.head} />
        </g>
      ))}
      {graph.edges.map((e) => (
        <EdgeWords key={`${e.from} ${e.to}`} edge={e} />
      ))}
      {graph.nodes.map((n) => {
        const party = parties[n.party]!
        return (
          <g
            key={n.party}
            class={`wait-node ${props.chosen === party.lane ? 'chosen' : ''}`}
            role="button"
            // in SVG the attribute has no capital
            tabindex={0}
            aria-label={`${party.name} ${party.waits}: go there`}
            onClick={() => onGo(n.party)}
            onKeyDown={(e) => {
              if (e.key !== 'Enter' && e.key !== ' ') return
              e.preventDefault()
              onGo(n.party)
            }}
          >
            <title>{`${party.name} ${party.waits}`}</title>
            <rect x={n.x - n.width / 2} y={n.y - nodeHeight / 2} width={n.width} height={nodeHeight} rx={6} />
            <text x={n.x} y={n.y}>
              {n.name}
            </text>
          </g>
        )
      })}
    </svg>
  )
}

function EdgeWords({ edge: { x, y, words } }: { edge: GraphEdge }) {
  const top = y - ((words.length - 1) * lineHeight) / 2
  return (
    <text class="wait-words" aria-hidden="true">
      {words.map((line, i) => (
        <tspan key={i} x={x} y={top + i * lineHeight}>
          {line}
        </tspan>
      ))}
    </text>
  )
}
