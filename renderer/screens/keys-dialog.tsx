// All keys of the window, from the timeline's own table and the few that the page adds.
import { Modal } from '../parts/controls.tsx'
import { keys } from '../timeline/timeline.tsx'

const own = [
  { keys: ['/'], does: 'search threads, tasks, objects, places and findings' },
  { keys: ['?'], does: 'this list' },
]

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal title="Keys" wide onClose={onClose} testid="keys-dialog">
      <dl class="keys">
        {[...keys, ...own].map((k) => (
          <div key={k.does}>
            <dt>
              {k.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{k.does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
