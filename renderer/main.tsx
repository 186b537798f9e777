// Where the page starts: the shell it runs in, the line to the engine, the colours, and the window.
import { render } from 'preact'
import { pageAddress } from './state/address.ts'
import { connect } from './state/connection.ts'
import { createApp } from './state/app.ts'
import { recall } from './state/memory.ts'
import { browserShell, electronShell } from './state/shell.ts'
import { applyTheme, themeChoice, type ThemeChoice } from './theme.ts'
import { Window } from './window.tsx'

const chosen = recall<string>('theme', 'system')
if (chosen === 'light' || chosen === 'dark') themeChoice.value = chosen satisfies ThemeChoice
applyTheme(document.documentElement)

const shell = window.interleaveShell ? electronShell(window.interleaveShell) : browserShell()
const app = createApp(connect(shell.connect), shell, pageAddress())
// what nobody caught is still said: a click that silently does nothing is the worst answer
addEventListener('unhandledrejection', (e) => {
  if (connectionIsUp() && e.reason instanceof Error) app.say(e.reason.message)
  e.preventDefault()
})
const connectionIsUp = () => app.connection.state.value === 'open'
render(<Window app={app} />, document.getElementById('app')!)
