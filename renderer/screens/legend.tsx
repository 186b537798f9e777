// What each colour means, in one line under the timeline. Only meanings that are recorded yet.
import { meanings, type Meaning } from '../../wire/kinds.ts'
import { cssName } from '../words.ts'
import { meaningWords } from '../theme.ts'

const notRecorded: Meaning[] = ['waitGil', 'waitMessage']

export function Legend() {
  return (
    <ul class="legend" aria-label="Colours">
      {meanings
        .filter((m) => !notRecorded.includes(m))
        .map((m) => (
          <li key={m}>
            <i class="swatch" style={{ background: cssName(m) }} />
            {meaningWords[m]}
          </li>
        ))}
    </ul>
  )
}
