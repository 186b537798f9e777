// Small pieces that both screens use: the two buttons of every header, a chip that opens its sentence, a modal dialog.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { App } from '../state/app.ts'
import { theme } from '../theme.ts'
import { Icon } from './icon.tsx'

export function ThemeAndKeys({ app }: { app: App }) {
  const dark = theme.value.name === 'dark'
  return (
    <>
      <button
        class="icon-button"
        data-testid="theme"
        title={dark ? 'Light colours' : 'Dark colours'}
        aria-label={dark ? 'Light colours' : 'Dark colours'}
        onClick={app.toggleTheme}
      >
        <Icon name={dark ? 'sun' : 'moon'} />
      </button>
      <button
        class="icon-button"
        data-testid="keys"
        title="Keys  ?"
        aria-label="Keys"
        onClick={() => (app.dialog.value = 'keys')}
      >
        <Icon name="keys" />
      </button>
    </>
  )
}

/** A short word whose whole sentence is one click away. */
export function OpenChip(props: {
  label: ComponentChildren
  tone?: 'warn' | 'quiet'
  /** reads as the text around it */
  plain?: boolean
  /** for a table; opens to the right */
  wide?: boolean
  testid?: string
  children: ComponentChildren
}) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const away = (e: Event) => {
      if (!box.current?.contains(e.target as Node)) setOpen(false)
    }
    const escape = (e: KeyboardEvent) => e.key === 'Escape' && setOpen(false)
    addEventListener('pointerdown', away)
    addEventListener('keydown', escape)
    return () => {
      removeEventListener('pointerdown', away)
      removeEventListener('keydown', escape)
    }
  }, [open])
  return (
    <div class="open-chip" ref={box}>
      <button
        class={props.plain ? 'plain-chip' : `chip ${props.tone ?? 'quiet'}`}
        aria-expanded={open}
        data-testid={props.testid}
        onClick={() => setOpen(!open)}
      >
        {props.label}
      </button>
      {open && (
        <div class={props.wide ? 'popover wide' : 'popover'} role="dialog">
          {props.children}
        </div>
      )}
    </div>
  )
}

export function Modal(props: {
  title: string
  wide?: boolean
  onClose: () => void
  children: ComponentChildren
  testid?: string
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    // where nothing asks for the focus the dialog has it, not its close button
    if (!dialog.current?.querySelector('[autofocus]')) dialog.current?.focus()
  }, [])
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      class={props.wide ? 'dialog wide' : 'dialog'}
      aria-label={props.title}
      data-testid={props.testid}
      onCancel={(e) => {
        e.preventDefault()
        props.onClose()
      }}
      onClick={(e) => {
        if (e.target === dialog.current) props.onClose()
      }}
    >
      <div class="dialog-body">
        <header>
          <h2>{props.title}</h2>
          <button class="icon-button" aria-label="Close" onClick={props.onClose}>
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  )
}
