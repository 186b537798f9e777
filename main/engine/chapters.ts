// The chapters of recipes that need packages, as the first screen shows them, and the installing of one. Nothing is
// waited for to show the screen: until it is known which Python there is, no chapter is told of.
import type { Chapter } from '../../wire/api.ts'
import {
  chapterPython,
  chaptersWithPackages,
  installPackages,
  isInstalled,
  type ChapterPython,
} from '../run/chapters.ts'

export interface Chapters {
  list(): Chapter[]
  /** Rejects with one sentence. Asked for twice it is done once. */
  install(chapter: string): Promise<void>
}

export function watchChapters(onChange: () => void): Chapters {
  const known: ChapterPython[] = []
  const installing = new Map<string, { progress: string; over: Promise<void> }>()
  let looking: Promise<void> | null = null
  const look = async () => {
    for (const chapter of chaptersWithPackages()) known.push(await chapterPython(chapter))
    onChange()
  }
  const looked = () => (looking ??= look())

  function begin(python: ChapterPython): Promise<void> {
    const state = { progress: 'starting', over: Promise.resolve() }
    installing.set(python.chapter, state)
    const say = (progress: string) => {
      state.progress = progress
      onChange()
    }
    state.over = installPackages(python, say).finally(() => {
      installing.delete(python.chapter)
      onChange()
    })
    onChange()
    return state.over
  }

  return {
    list() {
      looked().catch(() => {})
      return known.map((python) => {
        const { chapter, packages } = python
        const now = installing.get(chapter)
        const state = now ? 'installing' : isInstalled(python) ? 'installed' : 'missing'
        return { chapter, packages, state, progress: now?.progress ?? '' }
      })
    },
    async install(chapter) {
      await looked()
      const python = known.find((one) => one.chapter === chapter)
      if (!python) throw new Error(`No chapter "${chapter}" needs packages.`)
      await (installing.get(chapter)?.over ?? begin(python))
    },
  }
}
