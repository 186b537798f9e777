import { expect, test } from 'vitest'
import { personEnvironment, startFolder } from './person-environment.ts'

const npm = {
  HOME: '/home/ada',
  PATH: '/app/node_modules/.bin:/node_modules/.bin:/npm/lib/node-gyp-bin:/venv/bin:/app/node_modules/.bin:/usr/bin',
  npm_lifecycle_event: 'start',
  npm_config_loglevel: 'error',
  INIT_CWD: '/home/ada/project',
  ELECTRON_RUN_AS_NODE: '1',
  INTERLEAVE_HOME: '/tmp/x',
  VIRTUAL_ENV: '/venv',
}

test('a program started by way of npm gets the environment of the person', () => {
  expect(personEnvironment(npm)).toEqual({
    HOME: '/home/ada',
    // the last one is the person's own: it does not come first
    PATH: '/venv/bin:/app/node_modules/.bin:/usr/bin',
    VIRTUAL_ENV: '/venv',
  })
  expect(startFolder(npm)).toBe('/home/ada/project')
})

test('without npm the PATH is left as it is', () => {
  const PATH = '/home/ada/node_modules/.bin:/usr/bin'
  expect(personEnvironment({ PATH })).toEqual({ PATH })
})
