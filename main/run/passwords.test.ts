// Which text is a password.
import { expect, test } from 'vitest'
import { withoutPasswords } from './passwords.ts'

test.each([
  ['redis://:secret@localhost:6379/0', 'redis://:***@localhost:6379/0'],
  ['amqp://guest:gu:e@st@rabbit//', 'amqp://guest:***@rabbit//'],
  ['-b redis://:a@one, then postgres://me:b@two/db?x=1', '-b redis://:***@one, then postgres://me:***@two/db?x=1'],
  ['sentinel://:a@one:1;sentinel://:b@two:2', 'sentinel://:***@one:1;sentinel://:***@two:2'],
  ['https://host:80/a@b', 'https://host:80/a@b'],
  ['https://user@host/', 'https://user@host/'],
  ['redis://localhost:6379 mail@example.org', 'redis://localhost:6379 mail@example.org'],
])('%s', (text, without) => expect(withoutPasswords(text)).toBe(without))
