// The keys, once: what the `?` overlay lists is what the keyboard does. In: a key event. Out: the row that it means.
// Habits of Perfetto (W A S D, F, M, [ ]) and Tracy (the wheel zooms). Rows without `press` are said, not pressed.
import type { Session } from '../state/session.ts'
import { actions, mostSteps } from './actions.ts'
import type { HeldKey } from './motion.ts'

export interface Key {
  /** as printed on the keyboard */
  keys: string[]
  does: string
  /** `KeyboardEvent.key` in lower case, with "ctrl+", "alt+", "shift+" before it */
  press?: string[]
  /** moves while it is held */
  hold?: HeldKey
  run?: (s: Session) => unknown
}

export const keys: Key[] = [
  { keys: ['W'], does: 'zoom in at the mouse', press: ['w'], hold: 'in' },
  { keys: ['S'], does: 'zoom out', press: ['s'], hold: 'out' },
  { keys: ['A', '←'], does: 'earlier', press: ['a', 'arrowleft'], hold: 'left' },
  { keys: ['D', '→'], does: 'later', press: ['d', 'arrowright'], hold: 'right' },
  { keys: ['wheel'], does: 'zoom at the mouse; over the names: scroll the lanes' },
  { keys: ['Shift wheel'], does: 'earlier and later' },
  { keys: ['Ctrl wheel'], does: 'scroll the lanes' },
  { keys: ['drag'], does: 'move the timeline, in time and up and down' },
  { keys: ['Shift drag'], does: 'select an area and count what is in it' },
  { keys: ['click'], does: 'select a slice and show its arrows' },
  { keys: ['F'], does: 'show the whole run', press: ['f'], run: actions.fit },
  { keys: ['Home'], does: 'go to the start', press: ['home'], run: actions.start },
  { keys: ['L', 'End'], does: 'follow the end again', press: ['l', 'end'], run: actions.follow },
  { keys: ['.', ','], does: 'next and previous slice on the lane' },
  { keys: ['Page ↑', 'Page ↓'], does: 'scroll the lanes' },
  { keys: ['↑', '↓'], does: 'the lane above and below, at the same time' },
  { keys: [']', '['], does: 'along an arrow to the effect, to the cause' },
  { keys: ['1', '…', '8'], does: 'arrows of the selection over so many steps of cause and effect' },
  { keys: ['B'], does: 'from a wait to the hold that held it up', press: ['b'], run: actions.blocker },
  { keys: ['G'], does: 'who awaits whom at this time', press: ['g'], run: actions.whoAwaits },
  {
    keys: ['C'],
    does: 'the critical path: what decided how long it took; again: without it',
    press: ['c'],
    run: actions.path,
  },
  { keys: ['M'], does: 'mark this time; again: remove the mark', press: ['m'], run: actions.mark },
  { keys: ['P'], does: 'pin this lane to the top; again: let it go', press: ['p'], run: (s) => actions.pin(s) },
  {
    keys: ['Esc'],
    does: 'clear the selection and the area, put out the light of a finding',
    press: ['escape'],
    run: actions.clear,
  },
  {
    keys: ['Alt ←', 'Ctrl Z'],
    does: 'back to where the view was',
    press: ['alt+arrowleft', 'ctrl+z'],
    run: actions.undo,
  },
  {
    keys: ['Alt →', 'Ctrl Shift Z'],
    does: 'and forward again',
    press: ['alt+arrowright', 'ctrl+shift+z'],
    run: actions.redo,
  },
]
/** the second halves of the rows that name two keys */
const pressed: Key[] = [
  ...keys.filter((k) => k.press),
  { keys: ['.'], does: 'next slice', press: ['.'], run: actions.next },
  { keys: [','], does: 'previous slice', press: [','], run: actions.previous },
  ...Array.from({ length: mostSteps }, (_, i): Key => {
    const steps = String(i + 1)
    return { keys: [steps], does: `${steps} steps`, press: [steps], run: (s) => actions.reach(s, i + 1) }
  }),
  { keys: ['↑'], does: 'lane above', press: ['arrowup'], run: (s) => actions.neighbour(s, -1) },
  { keys: ['↓'], does: 'lane below', press: ['arrowdown'], run: (s) => actions.neighbour(s, 1) },
  { keys: ['Page ↑'], does: 'scroll up', press: ['pageup'], run: (s) => actions.scrollScreens(s, -0.9) },
  { keys: ['Page ↓'], does: 'scroll down', press: ['pagedown'], run: (s) => actions.scrollScreens(s, 0.9) },
  { keys: [']'], does: 'to the effect', press: [']'], run: (s) => actions.followFlow(s, 'effect') },
  { keys: ['['], does: 'to the cause', press: ['['], run: (s) => actions.followFlow(s, 'cause') },
]

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** The row a key event means, or null. Shift matters only beside Ctrl: a keyboard may need it for `[`. */
export function keyOf(e: Pressed): Key | null {
  const command = e.ctrlKey || e.metaKey
  // AltGr, which some keyboards need for [ and ], arrives as Ctrl and Alt together
  const typed = e.ctrlKey && e.altKey && '[]'.includes(e.key)
  const name = typed
    ? e.key
    : (command ? 'ctrl+' : '') +
      (e.altKey ? 'alt+' : '') +
      (command && e.shiftKey ? 'shift+' : '') +
      e.key.toLowerCase()
  return pressed.find((k) => k.press!.includes(name)) ?? null
}
/** Which held key was let go; modifiers may have changed meanwhile. */
export const heldKeyOf = (e: Pick<KeyboardEvent, 'key'>): HeldKey | null =>
  keys.find((k) => k.hold && k.press!.includes(e.key.toLowerCase()))?.hold ?? null

/** Where a person types, a key is a letter. */
export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
