// What opens over the screens: run a program, open or save by path (where the shell has no dialogs of its own), the keys,
// and search.
import { useState } from 'preact/hooks'
import { splitCommand, startOf } from '../command-line.ts'
import { Modal } from '../parts/controls.tsx'
import { remember } from '../state/memory.ts'
import type { App } from '../state/app.ts'
import { CompareDialog } from './compare-dialog.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { SearchDialog } from './search-dialog.tsx'

export function Dialogs({ app }: { app: App }) {
  const close = () => (app.dialog.value = null)
  const session = app.session.value
  switch (app.dialog.value) {
    case 'run':
      return <RunDialog app={app} onClose={close} />
    case 'open':
      return <OpenDialog app={app} onClose={close} />
    case 'save':
      return session && <SaveDialog app={app} onClose={close} />
    case 'keys':
      return <KeysDialog onClose={close} />
    case 'compare':
      return session && <CompareDialog app={app} onClose={close} />
    case 'search':
      return session && <SearchDialog session={session} onClose={close} />
    default:
      return null
  }
}

/** Toasts lie under an open dialog: it says the refusal itself. */
const refusal = (app: App) => app.toasts.value.findLast((t) => t.tone === 'error')?.text

interface Props {
  app: App
  onClose: () => void
}

function RunDialog({ app, onClose }: Props) {
  const { command, cwd } = app.draft.value
  const [wrong, setWrong] = useState<string | null>(null)
  const told = wrong ?? refusal(app)
  const change = (part: Partial<typeof app.draft.value>) => {
    app.draft.value = { ...app.draft.value, ...part }
    setWrong(null)
  }
  function start(e: Event) {
    e.preventDefault()
    let words: string[]
    try {
      words = splitCommand(command)
    } catch (error) {
      return setWrong((error as Error).message)
    }
    if (words.length === 0) return setWrong('Type the command line that starts your program, as in a terminal.')
    remember('draft', app.draft.value)
    void app.run({ command: words, ...(cwd.trim() && { cwd: cwd.trim() }) })
  }
  async function browse() {
    const path = await app.shell.pickProgram?.()
    if (!path) return
    change(startOf(path))
  }
  return (
    <Modal title="Run a Python program" onClose={onClose} testid="run-dialog">
      <form onSubmit={start}>
        <label>
          Command line
          <span class="field-row">
            <input
              class="field code"
              data-testid="run-command"
              value={command}
              placeholder="python3 app.py --n 4"
              spellcheck={false}
              autofocus
              onInput={(e) => change({ command: e.currentTarget.value })}
            />
            {app.shell.pickProgram && (
              <button type="button" class="button" onClick={browse}>
                Choose…
              </button>
            )}
          </span>
        </label>
        <label>
          Folder it runs in
          <input
            class="field code"
            data-testid="run-folder"
            value={cwd}
            placeholder="where Interleave was started"
            spellcheck={false}
            onInput={(e) => change({ cwd: e.currentTarget.value })}
          />
        </label>
        <p class={told ? 'wrong' : 'quiet'} data-testid="run-told">
          {told ??
            'Any CPython from 3.10, a virtual environment included. Its threads, tasks and processes, their locks and queues are recorded; it behaves as without Interleave, and nothing is installed into it.'}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" data-testid="run-start" disabled={app.busy.value !== null}>
            {app.busy.value ?? 'Run and record'}
          </button>
        </div>
      </form>
    </Modal>
  )
}
function OpenDialog({ app, onClose }: Props) {
  const [path, setPath] = useState('')
  return (
    <Modal title="Open a trace" onClose={onClose} testid="open-dialog">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (path.trim()) void app.openPath(path.trim())
        }}
      >
        <label>
          Path on the machine that runs Interleave
          <span class="field-row">
            <input
              class="field code"
              data-testid="open-path"
              value={path}
              placeholder={`${app.home.value?.folder ?? ''}/…`}
              spellcheck={false}
              autofocus
              onInput={(e) => setPath(e.currentTarget.value)}
            />
            <button class="button primary" disabled={!path.trim() || app.busy.value !== null}>
              {app.busy.value ? 'Opening…' : 'Open'}
            </button>
          </span>
        </label>
        <label>
          Or a file of this computer
          <input
            type="file"
            class="field"
            data-testid="open-file"
            onChange={(e) => {
              const file = e.currentTarget.files?.[0]
              if (file) void app.openFile(file)
            }}
          />
        </label>
        <p class={refusal(app) ? 'wrong' : 'quiet'}>
          {refusal(app) ?? 'A trace can also be dropped anywhere on the window.'}
        </p>
      </form>
    </Modal>
  )
}

function SaveDialog({ app, onClose }: Props) {
  const name = app.session.value?.summary.value?.name ?? 'trace'
  const [typed, setPath] = useState<string | null>(null)
  const path = typed ?? `${app.home.value?.folder ?? '.'}/${name.replaceAll(/[/\\]/g, '-')}-copy.sqlite`
  return (
    <Modal title="Save a copy" onClose={onClose} testid="save-dialog">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (path.trim()) void app.saveTo(path.trim())
        }}
      >
        <label>
          Path on the machine that runs Interleave
          <input
            class="field code"
            data-testid="save-path"
            value={path}
            spellcheck={false}
            autofocus
            onInput={(e) => setPath(e.currentTarget.value)}
          />
        </label>
        <p class={refusal(app) ? 'wrong' : 'quiet'}>
          {refusal(app) ?? 'A trace is one SQLite file: any SQLite tool can read the copy too.'}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" disabled={!path.trim() || app.busy.value !== null}>
            Save
          </button>
        </div>
      </form>
    </Modal>
  )
}
