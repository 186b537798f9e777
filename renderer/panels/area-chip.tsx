// Says that a panel counts the selected area only, and lets go of it.
import type { Session } from '../state/session.ts'
import { duration, moment } from '../format.ts'
import { Icon } from '../parts/icon.tsx'

export function AreaChip({ session, what }: { session: Session; what: string }) {
  const area = session.area.value
  if (!area) return null
  return (
    <div class="area-line">
      <span class="chip area" data-testid="area-chip">
        <Icon name="area" size={13} />
        {what} within {duration(area.to - area.from)} from {moment(area.from)}
        <button aria-label="Clear the area" title="Clear the area" onClick={() => (session.area.value = null)}>
          <Icon name="close" size={12} />
        </button>
      </span>
    </div>
  )
}
