// Search over lanes, places in the source and findings: type, arrows, Enter goes there.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Hit } from '../../wire/api.ts'
import { Modal } from '../parts/controls.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { jump } from '../panels/jump.ts'
import { moment } from '../format.ts'
import type { Session } from '../state/session.ts'
import { tab } from '../state/tab.ts'

const icons: Record<Hit['what'], IconName> = { lane: 'thread', work: 'kernel', site: 'code', finding: 'warning' }

export function SearchDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const [text, setText] = useState('')
  const [hits, setHits] = useState<Hit[] | null>(null)
  const [at, setAt] = useState(0)
  const [problem, setProblem] = useState<string | null>(null)
  const latest = useRef(0)
  useEffect(() => {
    const mine = ++latest.current
    if (!text.trim()) return setHits(null)
    const timer = setTimeout(() => {
      session.ask('search', { trace: session.trace, text: text.trim() }).then(
        (found) => {
          if (mine !== latest.current) return
          setHits(found)
          setProblem(null)
          setAt(0)
        },
        (e: Error) => mine === latest.current && setProblem(e.message),
      )
    }, 80)
    return () => clearTimeout(timer)
  }, [text, session])
  function go(hit: Hit | undefined) {
    if (!hit || hit.lane === null) return
    onClose()
    if (hit.what === 'finding') tab.value = 'findings'
    const { from, to } = session.view.peek()
    void jump(session, hit.lane, hit.time ?? Math.max(0, (from + to) / 2))
  }
  return (
    <Modal title="Search this trace" onClose={onClose} testid="search-dialog">
      <input
        class="field search-field"
        data-testid="search-text"
        placeholder="A thread, a task, a lock, a kernel, a file, a finding…"
        value={text}
        autofocus
        spellcheck={false}
        onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => {
          const n = hits?.length ?? 0
          if (e.key === 'ArrowDown' && n) setAt((at + 1) % n)
          else if (e.key === 'ArrowUp' && n) setAt((at + n - 1) % n)
          else if (e.key === 'Enter') go(hits?.[at])
          else return
          e.preventDefault()
        }}
      />
      <ul class="hits" role="listbox">
        {hits?.map((h, i) => (
          <li key={i} role="option" aria-selected={i === at}>
            <button
              data-testid="search-hit"
              disabled={h.lane === null}
              onClick={() => go(h)}
              onMouseEnter={() => setAt(i)}
            >
              <Icon name={icons[h.what]} size={14} />
              <span>{h.text}</span>
              {h.time !== null && <small>{moment(h.time)}</small>}
            </button>
          </li>
        ))}
      </ul>
      {problem && <p class="wrong">{problem}</p>}
      {hits?.length === 0 && <p class="quiet">Nothing in this trace has “{text.trim()}” in its name.</p>}
      {!hits && <p class="quiet">Names of threads, tasks, objects and kernels, places in the source, and findings.</p>}
    </Modal>
  )
}
