// The last part of what the program printed. It stays at the end while the person has not scrolled up.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Empty } from '../parts/controls.tsx'
import type { Session } from '../state/session.ts'

// colours and cursor moves of a terminal
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g

export function OutputPanel({ session }: { session: Session }) {
  const output = session.summary.value?.output.replace(escapes, '') ?? ''
  const box = useRef<HTMLPreElement>(null)
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [output])
  if (!output)
    return <Empty title="No output">What the program prints, to both streams, is shown here while it runs.</Empty>
  return (
    <pre
      ref={box}
      class="output"
      data-testid="output"
      tabIndex={0}
      onScroll={(e) => {
        const { scrollTop, clientHeight, scrollHeight } = e.currentTarget
        atEnd.current = scrollTop + clientHeight > scrollHeight - 8
      }}
    >
      {output}
    </pre>
  )
}
