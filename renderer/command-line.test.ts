import { expect, test } from 'vitest'
import { joinCommand, splitCommand, startOf } from './command-line.ts'

test.each<[string, string[]]>([
  ['', []],
  ['   ', []],
  ['python3 app.py --n 4', ['python3', 'app.py', '--n', '4']],
  ['  python3\tapp.py  ', ['python3', 'app.py']],
  [`python3 "my app.py" 'it is'`, ['python3', 'my app.py', 'it is']],
  [`a '' "" b`, ['a', '', '', 'b']],
  [`pre"mid dle"post`, ['premid dlepost']],
  [`my\\ app.py`, ['my app.py']],
  [`"a \\"b\\" \\n" '\\n'`, ['a "b" \\n', '\\n']],
  [`'it'\\''s'`, ["it's"]],
  ['$HOME *.py `x` ~', ['$HOME', '*.py', '`x`', '~']],
  ['naïve 日本', ['naïve', '日本']],
  ['end\\', ['end\\']],
])('%s', (text, words) => {
  expect(splitCommand(text)).toEqual(words)
  expect(splitCommand(joinCommand(words))).toEqual(words)
})

test('an open quote is refused in a sentence', () => {
  expect(() => splitCommand(`python3 "app.py`)).toThrow('never closed')
  expect(() => splitCommand(`it's`)).toThrow(`has a ' that is never closed`)
})

test('a script is started in its folder', () => {
  expect(startOf('/home/ada/my app/it.py')).toEqual({ command: 'python3 it.py', cwd: '/home/ada/my app' })
  expect(startOf('/x y.py')).toEqual({ command: "python3 'x y.py'", cwd: '/' })
  expect(startOf('app.py')).toEqual({ command: 'python3 app.py', cwd: '' })
})
