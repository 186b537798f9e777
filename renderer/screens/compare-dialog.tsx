// With which earlier trace this one is compared: one of the list, those of the same program first, or a path.
import { useState } from 'preact/hooks'
import { candidates } from '../earlier-runs.ts'
import { ago, bytes } from '../format.ts'
import { Modal } from '../parts/controls.tsx'
import type { App } from '../state/app.ts'

export function CompareDialog({ app, onClose }: { app: App; onClose: () => void }) {
  const [path, setPath] = useState('')
  const summary = app.session.value?.summary.value
  const traces = candidates(app.home.value?.traces ?? [], summary?.path ?? '', summary?.name ?? '')
  const start = (before: string) => {
    onClose()
    void app.compare(before)
  }
  return (
    <Modal title="Compare with an earlier run" onClose={onClose} testid="compare-dialog">
      <p class="quiet compare-lead">
        What is new, gone, better or worse in this trace. One that <code>record --repeat</code> made stands for all of
        its runs, so that their noise is known.
      </p>
      {traces.length > 0 && (
        <ul class="hits compare-traces">
          {traces.map((t) => (
            <li key={t.path}>
              <button data-testid="compare-with" title={t.path} onClick={() => start(t.path)}>
                <span>
                  {t.name} {t.runs > 1 && <b class="chip">{t.runs} runs</b>}
                </span>
                <small>
                  {ago(t.modified, Date.now())}, {bytes(t.bytes)}
                </small>
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (path.trim()) start(path.trim())
        }}
      >
        <label>
          {traces.length > 0 ? 'Or the path of another trace' : 'Path of another trace'}
          <span class="field-row">
            <input
              class="field code"
              data-testid="compare-path"
              value={path}
              placeholder={`${app.home.value?.folder ?? ''}/…`}
              spellcheck={false}
              onInput={(e) => setPath(e.currentTarget.value)}
            />
            <button class="button primary" disabled={!path.trim()}>
              Compare
            </button>
          </span>
        </label>
      </form>
    </Modal>
  )
}
