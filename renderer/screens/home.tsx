// The first screen: what can be run, what was recorded, and what this machine lacks. Everything on it starts with one
// click; what takes a path or a command line opens a dialog.
import type { App } from '../state/app.ts'
import { Icon, Logo } from '../parts/icon.tsx'
import { ThemeAndKeys } from '../parts/controls.tsx'
import { commandOf } from '../words.ts'
import { Recipes } from './recipes.tsx'
import { SavedTraces } from './saved-traces.tsx'

export function HomeScreen({ app }: { app: App }) {
  const home = app.home.value
  return (
    <div class="home" data-testid="home">
      <header class="bar">
        <Logo />
        <span class="brand">Interleave</span>
        <span class="bar-note">
          See how the threads, processes and tasks of a Python program interleave, and who makes whom wait.
        </span>
        <span class="spring" />
        <ThemeAndKeys app={app} />
      </header>
      <main class="home-main">
        <section class="home-left">
          <div class="starts">
            <button class="start" data-testid="run-program" onClick={app.runProgram}>
              <Icon name="terminal" size={20} />
              <span>
                <strong>Run a Python program…</strong>
                <small>Any script, as it is: watched while it runs</small>
              </span>
            </button>
            <button class="start" data-testid="open-trace" onClick={app.pickTrace}>
              <Icon name="folder" size={20} />
              <span>
                <strong>Open a trace…</strong>
                <small>Or drop its file anywhere on this window</small>
              </span>
            </button>
          </div>
          {home && home.missing.length > 0 && <Missing sentences={home.missing} />}
          {home ? (
            <Recipes app={app} recipes={home.recipes} needy={home.chapters} />
          ) : (
            <p class="loading">Reading the recipes…</p>
          )}
        </section>
        <aside class="home-right">{home && <SavedTraces app={app} home={home} />}</aside>
      </main>
    </div>
  )
}

function Missing({ sentences }: { sentences: string[] }) {
  return (
    <div class="missing" data-testid="missing">
      <h3>
        <Icon name="warning" /> This machine lacks something
      </h3>
      <ul>
        {sentences.map((s) => (
          <Lack key={s} sentence={s} />
        ))}
      </ul>
    </div>
  )
}

/** The command is set apart, so that one click selects exactly it. */
function Lack({ sentence }: { sentence: string }) {
  const [lack, command] = commandOf(sentence)
  return (
    <li>
      {lack}
      {command && (
        <>
          : <code>{command}</code>
        </>
      )}
    </li>
  )
}
