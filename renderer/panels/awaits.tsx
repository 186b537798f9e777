// Who awaits whom at one moment, as a tree: at the time of the last click or key, else under the mouse, else at the end
// while recording. A click on a row goes to what it does then; the moment stays.
import { group } from 'd3'
import { Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AwaitNode } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import { count, duration, moment } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import { Icon, kindIcon } from '../parts/icon.tsx'
import type { Session } from '../state/session.ts'
import { deskOf } from '../timeline/desk.ts'
import { timeOfX } from '../timeline/viewport.ts'
import { awaitVerb, sliceWord } from '../words.ts'
import { awaitTree, type AwaitRow, type AwaitTree } from './await-tree.ts'
import { swatch } from './details.tsx'
import { jump } from './jump.ts'
import { useAnswer } from './use-answer.ts'

/** ms between two questions while the mouse moves; and while it is recorded, when the engine has more to do */
const pace = 80
const livePace = 300
const none: ReadonlySet<string> = new Set()

export function AwaitsPanel({ session }: { session: Session }) {
  const { time, from } = useMoment(session)
  const [open, setOpen] = useState(none)
  const { value, error } = useAnswer(session, () => session.ask('awaits', { trace: session.trace, time }), `${time}`)
  useEffect(() => setOpen(none), [time])
  if (!value) return <Empty title={error ? 'No answer' : 'Looking…'}>{error}</Empty>
  const tree = awaitTree(value, open)
  return (
    <div class="awaits" data-testid="awaits">
      <header class="awaits-head">
        <span>
          at <b>{moment(value.time)}</b> <small>{from}</small>
        </span>
        {session.at.value !== null && (
          <button class="link-button" onClick={() => (session.at.value = null)}>
            follow the mouse
          </button>
        )}
      </header>
      {tree.stalls.map((n) => (
        <Stall key={n.object} session={session} node={n} time={value.time} />
      ))}
      <Summary tree={tree} />
      <ul role="tree" aria-label="Who awaits whom">
        {tree.rows.map((row) => (
          <Row
            key={row.key}
            session={session}
            row={row}
            isRoot={row.leaf && row.node === tree.root?.node}
            time={value.time}
            onOpen={() => setOpen(new Set([...open, row.key]))}
          />
        ))}
      </ul>
      <Alone session={session} nodes={tree.alone} time={value.time} />
      {value.more && <p class="quiet awaits-note">More wait than are shown here.</p>}
    </div>
  )
}

function Stall({ session, node, time }: { session: Session; node: AwaitNode; time: number }) {
  return (
    <p class="awaits-sum grave">
      <button class="link-button" onClick={() => node.lane !== null && jump(session, node.lane, time)}>
        {node.name}
      </button>{' '}
      <b>blocks the event loop</b> for {duration(Math.max(0, time - node.since))} by now: nothing else on it can go on.
    </p>
  )
}

function Summary({ tree: { waiting, rows, root, ring } }: { tree: AwaitTree }) {
  if (waiting === 0) return <p class="awaits-sum">Nobody waits at this moment.</p>
  if (rows.length === 0) return <p class="awaits-sum">Nobody waits for another one at this moment.</p>
  if (ring)
    return (
      <p class="awaits-sum grave">
        <b>They wait for each other:</b> none of those in the ring can go on.
      </p>
    )
  if (!root) return null
  return (
    <p class="awaits-sum">
      {root.node.doing === sliceKinds.stall ? 'It' : <b>{root.node.name}</b>} holds up {root.waiters} of the{' '}
      {count(waiting)} that wait.
    </p>
  )
}

function Row(props: { session: Session; row: AwaitRow; isRoot: boolean; time: number; onOpen: () => void }) {
  const { session, row, time } = props
  const { node, rails, alike } = row
  const chosen = node.lane !== null && session.selection.value?.lane === node.lane
  const actor = node.doing !== null
  const verb = row.ring ? 'and so on: it waits for itself' : row.again ? 'see above' : awaitVerb(node, row.leaf)
  return (
    <li role="treeitem" aria-level={rails.length + 1} class={row.ring ? 'ring' : ''} aria-selected={chosen}>
      {rails.map((on, i) => (
        <i key={i} class={`rail ${i === rails.length - 1 ? (on ? 'tee' : 'elbow') : on ? 'on' : ''}`} />
      ))}
      <button
        class={`await-node ${chosen ? 'chosen' : ''}`}
        disabled={node.lane === null}
        title={node.site && `at ${node.site}`}
        onClick={() => node.lane !== null && jump(session, node.lane, time)}
      >
        {actor && node.doing !== 'runs' ? (
          <i class="swatch" style={swatch(node.doing!)} />
        ) : node.doing === 'runs' ? (
          <i class="swatch" style={{ background: 'var(--running)' }} />
        ) : (
          <Icon name={kindIcon(node.kind)} size={13} />
        )}
        <b>{node.name}</b>
        <span class="await-verb">{verb}</span>
        {props.isRoot && <span class="chip holds-up">holds up {row.waiters}</span>}
        {actor && node.doing !== 'runs' && !row.again && !row.ring && (
          <small class="await-since">{duration(Math.max(0, time - node.since))}</small>
        )}
      </button>
      {alike.length > 0 && (
        <button class="link-button await-more" onClick={props.onOpen} title={alike.map((n) => n.name).join(', ')}>
          +{alike.length} alike
        </button>
      )}
    </li>
  )
}

/** Those that wait for nobody, by what they do. */
function Alone({ session, nodes, time }: { session: Session; nodes: AwaitNode[]; time: number }) {
  if (nodes.length === 0) return null
  const kinds = group(nodes, (n) => n.doing)
  return (
    <section class="awaits-alone">
      {[...kinds].map(([doing, members]) => (
        <p key={String(doing)}>
          {doing !== null && doing !== 'runs' && <i class="swatch" style={swatch(doing)} />}
          <span class="quiet">{doing === null || doing === 'runs' ? 'runs' : sliceWord(doing)}:</span>{' '}
          {members.slice(0, 12).map((n, i) => (
            <Fragment key={n.object}>
              {i > 0 && ', '}
              <button class="link-button" onClick={() => n.lane !== null && jump(session, n.lane, time)}>
                {n.name}
              </button>
            </Fragment>
          ))}
          {members.length > 12 && <span class="quiet"> and {members.length - 12} more</span>}
        </p>
      ))}
    </section>
  )
}

/**
 * The moment that is looked into, and where it comes from: what was clicked, else under the mouse, else the end while
 * recording or the middle of the view. What moves is asked at a pace.
 */
function useMoment(session: Session): { time: number; from: string } {
  const [moment, setMoment] = useState(() => momentOf(session))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const live = session.summary.peek()?.state === 'recording'
      timer ??= setTimeout(
        () => {
          timer = undefined
          const now = momentOf(session)
          setMoment((was) => (was.time === now.time && was.from === now.from ? was : now))
        },
        live ? livePace : pace,
      )
    }
    const { cursor, viewport } = deskOf(session)
    const stops = [cursor, viewport, session.at, session.end].map((moving) => moving.subscribe(look))
    return () => {
      for (const stop of stops) stop()
      clearTimeout(timer)
    }
  }, [session])
  return moment
}

function momentOf(session: Session): { time: number; from: string } {
  const chosen = session.at.peek()
  if (chosen !== null) return { time: Math.round(chosen), from: '' }
  const { cursor, viewport } = deskOf(session)
  const [at, v] = [cursor.peek(), viewport.peek()]
  if (at && at.x >= v.names) return { time: Math.max(0, Math.round(timeOfX(v, at.x))), from: 'under the mouse' }
  if (session.summary.peek()?.state === 'recording') return { time: session.end.peek(), from: 'now' }
  return { time: Math.max(0, Math.round((v.from + v.to) / 2)), from: 'the middle of the view' }
}
