// The password of an address is in no line of a side file: not as an argument of the program or of its child, not in a
// name, not in an exception that nobody caught.
import { expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'

test.each(pythons)('Python 3.$minor: a password is in no line', (python) => {
  const ran = record(
    python,
    `
import subprocess, sys, threading
subprocess.run([sys.executable, '-c', 'pass', 'redis://:first-secret@localhost:6379/0'])
thread = threading.Thread(target=len, args=('',), name='of amqp://guest:second-secret@rabbit//')
thread.start(), thread.join()
raise ValueError('no answer from redis://me:third-"secret@localhost, says amqp://plain@host')
`,
    { args: ['-b', 'amqp://guest:fourth-s@cret@rabbit//vhost'] },
  )
  const lines = ran.processes.flatMap((p) => p.lines)
  expect(JSON.stringify(lines)).not.toMatch(/secret|s@cret/)
  expect(ran.first.about.argv).toEqual(['program.py', '-b', 'amqp://guest:***@rabbit//vhost'])
  expect(lines).toContainEqual(expect.objectContaining({ k: 'name', name: 'of amqp://guest:***@rabbit//' }))
  expect(lines).toContainEqual(
    expect.objectContaining({ k: 'error', text: 'no answer from redis://me:***@localhost, says amqp://plain@host' }),
  )
})
