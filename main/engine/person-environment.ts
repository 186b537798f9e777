// The environment that a program gets when the window starts it: the person's own, without what npm, Electron and we have
// put in on the way here. A program shall not find our Node first on its PATH because the app was started by `npm start`.
import { delimiter, join } from 'node:path'

const added = /^(npm_|ELECTRON_|INTERLEAVE_|INIT_CWD$|NODE_OPTIONS$|COLOR$|EDITOR_NPM$)/

export function personEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !added.test(name)))
  // npm's own additions come first: every node_modules/.bin from its folder up, and its node-gyp.
  const path = (env['PATH'] ?? '').split(delimiter)
  if (env['npm_lifecycle_event'] ?? env['npm_command'])
    while (path[0]?.endsWith(join('node_modules', '.bin')) || path[0]?.endsWith('node-gyp-bin')) path.shift()
  return { ...own, PATH: path.join(delimiter) }
}

/** Where Interleave was started, as the person sees it: npm goes to the project's folder first. */
export const startFolder = (env: NodeJS.ProcessEnv = process.env): string => env['INIT_CWD'] || process.cwd()
