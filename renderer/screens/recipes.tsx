// Recipes by chapter, a card each. A fixed twin has no card of its own: it is the second button of the one it fixes.
import { useState } from 'preact/hooks'
import type { Chapter, Recipe } from '../../wire/api.ts'
import type { App } from '../state/app.ts'
import { Icon } from '../parts/icon.tsx'
import { Modal } from '../parts/controls.tsx'
import { chapterName, chaptersOf, ruleName } from '../words.ts'

export function Recipes({ app, recipes, needy }: { app: App; recipes: Recipe[]; needy: Chapter[] }) {
  const [source, setSource] = useState<Recipe | null>(null)
  const chapters = chaptersOf(recipes)
  const lacking = (name: string) => needy.find(({ chapter, state }) => chapter === name && state !== 'installed')
  return (
    <>
      <header class="recipes-head">
        <h2>Recipes</h2>
        <p>Small Python programs that each show one thing. Run one and watch it.</p>
        <nav class="chapter-links" aria-label="Chapters">
          {chapters.map(([chapter, own]) => (
            <button key={chapter} class="chip quiet" onClick={() => toChapter(chapter)}>
              {chapterName(chapter)} <span class="tally">{own.length}</span>
            </button>
          ))}
        </nav>
      </header>
      {chapters.map(([chapter, own]) => (
        <section key={chapter} class="chapter" id={anchor(chapter)}>
          <h2>
            {chapterName(chapter)} <span class="tally">{own.length}</span>
          </h2>
          {lacking(chapter) && <Install app={app} chapter={lacking(chapter)!} />}
          <div class="cards">
            {own.map((r) => (
              <Card key={r.id} app={app} recipe={r} lacks={lacking(chapter)} onSource={() => setSource(r)} />
            ))}
          </div>
        </section>
      ))}
      {source && (
        <Modal title={source.title} wide onClose={() => setSource(null)}>
          <pre class="source">{source.source}</pre>
        </Modal>
      )}
    </>
  )
}

const anchor = (chapter: string) => `chapter-${chapter}`
const toChapter = (chapter: string) => {
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'
  document.getElementById(anchor(chapter))?.scrollIntoView({ behavior, block: 'start' })
}

/** What a chapter needs before its recipes can be run, and the button that gets it. */
function Install({ app, chapter: { chapter, packages, state, progress } }: { app: App; chapter: Chapter }) {
  const name = packages.join(', ')
  return (
    <div class="install" data-testid={`install-${chapter}`}>
      {state === 'installing' ? (
        <span role="status">
          Installing {name}: {progress}…
        </span>
      ) : (
        <>
          <span>These recipes need {name}. They go into an environment of their own; your Python stays as it is.</span>
          <button class="button primary small" onClick={() => app.install(chapter)}>
            Install
          </button>
        </>
      )}
    </div>
  )
}

interface CardProps {
  app: App
  recipe: Recipe
  lacks: Chapter | undefined
  onSource: () => void
}
function Card({ app, recipe, lacks, onSource }: CardProps) {
  const { id, fixed } = recipe
  const disabled = app.busy.value !== null || lacks !== undefined
  const title = lacks && `It needs ${lacks.packages.join(', ')}: install them first`
  return (
    <article class="card" data-testid={`recipe-${id}`}>
      <h3>{recipe.title}</h3>
      <p title={recipe.shows}>{recipe.shows}</p>
      <div class="chips">
        {recipe.expect.map((rule) => (
          <span key={rule} class="chip warn" title="A finding that this recipe is expected to have">
            {ruleName(rule)}
          </span>
        ))}
        {recipe.needs !== undefined && (
          <span class="chip" title="Without it the recipe ends by saying so">
            needs {recipe.needs}
          </span>
        )}
        {recipe.expect.length === 0 && (
          <span class="chip good" title="No rule is expected to find a fault">
            no findings
          </span>
        )}
      </div>
      <footer>
        <button
          class="button primary small"
          data-testid={`run-${id}`}
          disabled={disabled}
          title={title}
          onClick={() => app.run({ recipe: id })}
        >
          <Icon name="play" size={12} /> Run
        </button>
        {fixed && (
          <button
            class="button small"
            data-testid={`run-${fixed}`}
            disabled={disabled}
            title={title}
            onClick={() => app.run({ recipe: fixed })}
          >
            Run fixed version
          </button>
        )}
        {recipe.recorded !== undefined && (
          <button
            class="button small"
            data-testid={`recorded-${id}`}
            disabled={app.busy.value !== null}
            title="A recording of it that was made where that is"
            onClick={() => app.openPath(recipe.recorded!)}
          >
            Open its recording
          </button>
        )}
        <span class="spring" />
        {recipe.source.includes('\n') && (
          <button class="icon-button" title="Read the program" aria-label="Read the program" onClick={onSource}>
            <Icon name="code" />
          </button>
        )}
      </footer>
    </article>
  )
}
