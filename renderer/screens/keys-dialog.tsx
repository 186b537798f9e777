// All keys of the window, from the timeline's own table and the few that the page adds.
import { Modal } from '../parts/controls.tsx'
import { keys } from '../timeline/timeline.tsx'

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal title="Keys" wide onClose={onClose} testid="keys-dialog">
      <dl class="keys">
        {keys.map((k) => (
          <div key={k.does}>
            <dt>
              {k.keys.map((key: string) => (
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
