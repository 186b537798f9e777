// The one table from meaning to colour, and the few colours of the page around it; canvas and CSS read the same values.
// In: a choice (light, dark, as the system). Out: `theme`, a signal with the colours in use, and CSS variables on the
// document (`--running`, `--wait-lock`, … `--surface`, `--ink`, …). Invariant, checked by theme.test.ts: any two
// meanings stay apart for normal sight and for the three colour blindnesses, every label is readable on its colour.
// Blue = has what it needs (running, holding), warm = a lock in dispute, green = a queue, pink = another thread, task or
// process, yellow = its turn (the GIL, the loop), indigo = a message, pale = sleep and I/O, violet = a kernel, brown = bytes on
// their way. Hues start from Okabe and Ito's set; lightness was moved until the worst pair (of 55, in 4 kinds of sight) was apart.
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import type { Meaning } from '../wire/meanings.ts'

export type ThemeName = 'light' | 'dark'
export type ThemeChoice = ThemeName | 'system'

export interface Theme {
  name: ThemeName
  meaning: Record<Meaning, string>
  /** what a label on that colour is written in */
  onMeaning: Record<Meaning, string>
  page: Page
}
export interface Page {
  /** behind everything */
  surface: string
  /** name column, panels, header */
  raised: string
  /** every second lane */
  zebra: string
  /** menus, tooltips */
  overlay: string
  ink: string
  inkQuiet: string
  inkFaint: string
  hairline: string
  grid: string
  /** selection, focus, links */
  accent: string
  onAccent: string
  /** a selected area */
  wash: string
  /** open, cut or unknown */
  hatch: string
  /** arrows of the selection */
  flow: string
  /** now, while recording */
  live: string
  mark: string
  shadow: string
  /** over what is not looked at */
  veil: string
}

const darkInk = '#14161b'
const lightInk = '#ffffff'

export const themes: Record<ThemeName, Theme> = {
  light: {
    name: 'light',
    meaning: {
      running: '#b4c8de',
      holdAlone: '#4a90e2',
      holdContended: '#d99a00',
      waitLock: '#c93a05',
      waitSignal: '#d957a8',
      waitQueue: '#1a7761',
      sleep: '#e9e7e3',
      waitGil: '#ecd23a',
      waitMessage: '#28458e',
      kernel: '#851ee3',
      copy: '#6b3410',
    },
    onMeaning: {
      running: darkInk,
      holdAlone: darkInk,
      holdContended: darkInk,
      waitLock: lightInk,
      waitSignal: darkInk,
      waitQueue: lightInk,
      sleep: darkInk,
      waitGil: darkInk,
      waitMessage: lightInk,
      kernel: lightInk,
      copy: lightInk,
    },
    page: {
      surface: '#ffffff',
      raised: '#f7f8fa',
      zebra: '#fafbfc',
      overlay: '#ffffff',
      ink: '#1b1f27',
      inkQuiet: '#5a6270',
      inkFaint: '#6f7785',
      hairline: '#e3e6eb',
      grid: '#eceef2',
      accent: '#3a4fd0',
      onAccent: '#ffffff',
      wash: 'rgba(58, 79, 208, 0.10)',
      hatch: 'rgba(27, 31, 39, 0.38)',
      flow: '#1b1f27',
      live: '#c2185b',
      mark: '#7a3fb8',
      shadow: 'rgba(20, 24, 33, 0.16)',
      veil: 'rgba(255, 255, 255, 0.66)',
    },
  },
  dark: {
    name: 'dark',
    meaning: {
      running: '#35506e',
      holdAlone: '#5892df',
      holdContended: '#f2ab33',
      waitLock: '#e85e0f',
      waitSignal: '#bb3fa2',
      waitQueue: '#42c88f',
      sleep: '#2c2c2d',
      waitGil: '#fae46b',
      waitMessage: '#bcbcfa',
      kernel: '#9433ff',
      copy: '#824c12',
    },
    onMeaning: {
      running: lightInk,
      holdAlone: darkInk,
      holdContended: darkInk,
      waitLock: darkInk,
      waitSignal: lightInk,
      waitQueue: darkInk,
      sleep: lightInk,
      waitGil: darkInk,
      waitMessage: darkInk,
      kernel: lightInk,
      copy: lightInk,
    },
    page: {
      surface: '#14161b',
      raised: '#1a1d23',
      zebra: '#171a1f',
      overlay: '#23272f',
      ink: '#e7e9ee',
      inkQuiet: '#a4abb8',
      inkFaint: '#858d9b',
      hairline: '#2a2e36',
      grid: '#20242a',
      accent: '#8ea2ff',
      onAccent: '#14161b',
      wash: 'rgba(142, 162, 255, 0.14)',
      hatch: 'rgba(231, 233, 238, 0.38)',
      flow: '#f2f4f8',
      live: '#ff6f9f',
      mark: '#c79bff',
      shadow: 'rgba(0, 0, 0, 0.5)',
      veil: 'rgba(20, 22, 27, 0.66)',
    },
  },
}

/** What each colour means, for legends and tooltips. Red on an event loop: a step that blocks it. */
export const meaningWords: Record<Meaning, string> = {
  running: 'running',
  holdAlone: 'held, nobody waits',
  holdContended: 'held while others wait',
  waitLock: 'waiting for a lock',
  waitSignal: 'waiting for another thread, task, process or device',
  waitQueue: 'waiting for a queue',
  sleep: 'sleeping, or waiting for I/O',
  waitGil: 'waiting for its turn: the GIL, the loop',
  waitMessage: 'waiting for a message',
  kernel: 'a kernel runs on a device',
  copy: 'bytes go to a device, from it, or within it',
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase())

/** `--wait-lock`, `--on-wait-lock`, `--ink-quiet`, … */
export function cssVariables(t: Theme): [name: string, value: string][] {
  return [
    ...Object.entries(t.meaning).map(([k, v]): [string, string] => ['--' + kebab(k), v]),
    ...Object.entries(t.onMeaning).map(([k, v]): [string, string] => ['--on-' + kebab(k), v]),
    ...Object.entries(t.page).map(([k, v]): [string, string] => ['--' + kebab(k), v]),
  ]
}

/** What the person chose; the page writes it, from its menu and from what it remembered. */
export const themeChoice = signal<ThemeChoice>('system')
const systemIsDark = signal(false)
export const theme: ReadonlySignal<Theme> = computed(
  () => themes[themeChoice.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : themeChoice.value],
)

/** Keep the document's CSS variables, `data-theme` and `color-scheme` equal to `theme`. Returns how to stop. */
export function applyTheme(root: HTMLElement): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const changed = () => (systemIsDark.value = system.matches)
  changed()
  system.addEventListener('change', changed)
  const stop = effect(() => {
    root.dataset.theme = theme.value.name
    root.style.colorScheme = theme.value.name
    for (const [name, value] of cssVariables(theme.value)) root.style.setProperty(name, value)
  })
  return () => {
    stop()
    system.removeEventListener('change', changed)
  }
}
