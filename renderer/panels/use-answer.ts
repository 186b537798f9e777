// An answer of the engine, kept fresh while a panel is shown: asked at once, and again when the trace has grown, at most
// every `every` ms and never twice at a time. An answer that comes after its question changed is dropped.
import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../state/session.ts'

export interface Kept<T> {
  value: T | null
  error: string | null
}

export function useAnswer<T>(session: Session, ask: () => Promise<T>, key: string, every = 400): Kept<T> {
  const [kept, setKept] = useState<Kept<T>>({ value: null, error: null })
  useEffect(() => {
    let over = false
    let asking = false
    let asked = -Infinity
    /** ms that the last answer took: a question that is heavy for the engine is asked less often */
    let took = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const now = () => {
      timer = undefined
      asking = true
      asked = performance.now()
      ask()
        .then(
          (value) => !over && setKept({ value, error: null }),
          (e: Error) => !over && setKept((before) => ({ value: before.value, error: e.message })),
        )
        .finally(() => {
          asking = false
          took = performance.now() - asked
          if (grown) later()
        })
    }
    let grown = false
    let heard = false
    const later = () => {
      // signals tell their present value to whoever comes: no news
      if (!heard) return
      grown = asking
      if (over || asking || timer !== undefined) return
      timer = setTimeout(now, Math.max(0, asked + Math.max(every, 3 * took) - performance.now()))
    }
    setKept((before) => ({ ...before, error: null }))
    now()
    const stopEnd = session.end.subscribe(() => later())
    const stopSummary = session.summary.subscribe(() => later())
    heard = true
    return () => {
      over = true
      clearTimeout(timer)
      stopEnd()
      stopSummary()
    }
  }, [session, key, every])
  return kept
}
