// The timeline of one session: two canvases (what is there; what follows the mouse), a tooltip, the chip that follows the
// end again, and the selection as text for screen readers. In: a session. Out: its view, selection, area, pins, marks.
//
//   viewport → layout → scene → paint          pure but for paint; hits and tests read the display list of scene
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Session } from '../state/session.ts'
import { isTyping, keyOf, heldKeyOf } from './keys.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import type { DisplayList } from './display-list.ts'
import { watchPointer, type Hover } from './pointer.ts'
import { raiseStage, type Stage } from './stage.ts'
import { Tooltip } from './tooltip.tsx'
import { litWords, spoken } from './words.ts'
import './timeline.css'

export { actions } from './actions.ts'
export { keys, type Key } from './keys.ts'

declare global {
  interface Window {
    /** what end-to-end tests may read */
    interleaveTest?: { displayList: () => DisplayList }
  }
}

export function Timeline({ session: s }: { session: Session }) {
  const root = useRef<HTMLDivElement>(null)
  const base = useRef<HTMLCanvasElement>(null)
  const over = useRef<HTMLCanvasElement>(null)
  const stage = useRef<Stage | null>(null)
  const hover = useSignal<Hover | null>(null)
  const desk = deskOf(s)

  useEffect(() => {
    const element = root.current!
    const stopSize = watchSize(element, (size) => (desk.size.value = size))
    const raised = raiseStage(s, element, base.current!, over.current!)
    stage.current = raised
    const stopPointer = watchPointer(base.current!, s, {
      list: raised.list,
      hovered: (h) => (hover.value = h),
      spanning: (span) => (raised.span.value = span),
    })
    // what is under the mouse moves when a key is pressed: the box about it goes
    const stopKeys = watchKeys(s, raised, () => (hover.value = null))
    window.interleaveTest = { displayList: raised.list }
    return () => {
      delete window.interleaveTest
      stopKeys()
      stopPointer()
      stopSize()
      raised.stop()
    }
  }, [s])

  const summary = s.summary.value
  const lanes = s.lanes.value
  const selection = s.selection.value
  const lit = s.lit.value
  const recording = summary?.state === 'recording'
  return (
    <div class="timeline" ref={root} tabIndex={0} data-testid="timeline" data-idle="false">
      <canvas
        ref={base}
        role="img"
        data-testid="timeline-canvas"
        aria-label={`Timeline of ${summary?.name ?? 'the run'}: ${lanes.length} lanes. Keys: period and comma step through slices, question mark lists all keys.`}
      />
      <canvas ref={over} aria-hidden="true" />
      <div class="timeline-spoken" role="status" aria-live="polite" data-testid="timeline-selection">
        {!selection && lit
          ? litWords(lit)
          : spoken(
              selection,
              lanes.find((l) => l.id === selection?.lane),
            )}
      </div>
      {hover.value?.target && stage.current && <Tooltip session={s} stage={stage.current} hover={hover.value} />}
      {lanes.length === 0 && <div class="timeline-note">No thread or task has been seen yet.</div>}
      {desk.problem.value && (
        <div class="timeline-note" role="alert" data-testid="timeline-problem">
          {desk.problem.value}
        </div>
      )}
      {recording && !s.following.value && (
        <div class="timeline-chips">
          <button class="timeline-chip" data-testid="follow" onClick={() => actions.follow(s)}>
            Follow the end <kbd>L</kbd>
          </button>
        </div>
      )}
    </div>
  )
}

function watchSize(element: HTMLElement, changed: (size: { width: number; height: number; ratio: number }) => void) {
  const measure = () =>
    changed({
      width: Math.max(1, element.clientWidth),
      height: Math.max(1, element.clientHeight),
      ratio: devicePixelRatio || 1,
    })
  const observer = new ResizeObserver(measure)
  observer.observe(element)
  addEventListener('resize', measure)
  measure()
  return () => {
    observer.disconnect()
    removeEventListener('resize', measure)
  }
}

/** Keys work wherever the focus is, but where a person types or a dialog is open. */
function watchKeys(s: Session, stage: Stage, pressed: () => void): () => void {
  const { motion } = deskOf(s)
  const down = (e: KeyboardEvent) => {
    if (
      e.defaultPrevented ||
      isTyping(e.target) ||
      document.querySelector('dialog[open], [role=dialog], [role=alertdialog]')
    )
      return
    const key = keyOf(e)
    if (!key) return
    e.preventDefault()
    pressed()
    if (key.hold) stage.press(key.hold)
    else void key.run?.(s)
  }
  const up = (e: KeyboardEvent) => {
    const held = heldKeyOf(e)
    if (held) motion.release(held)
  }
  const away = () => motion.releaseAll()
  addEventListener('keydown', down)
  addEventListener('keyup', up)
  addEventListener('blur', away)
  return () => {
    removeEventListener('keydown', down)
    removeEventListener('keyup', up)
    removeEventListener('blur', away)
  }
}
