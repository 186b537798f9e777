// Why a program that has ended left no event file: one sentence, asked only then. In: what it was. Out: what to do.
import { basename } from 'node:path'
import { askPython, closingFlags, isNewEnough, oldestPython, type Program } from './find-python.ts'

export async function whyUnseen({ name, python }: Program, env: NodeJS.ProcessEnv): Promise<string> {
  if (!python) return `${name} is not a Python program, and it started no Python that can be recorded`
  const called = basename(python.executable)
  const closing = closingFlags(python.flags)
  if (closing.length > 0)
    return `${called} was started with ${closing.join(' ')}, which shuts out the environment that the agent comes with: leave it out`
  const answer = await askPython(python.executable, env)
  if (!answer) return `${called} does not answer as a Python does`
  const version = answer.version.join('.')
  if (answer.implementation !== 'CPython') return `${called} is ${answer.implementation}: only CPython can be recorded`
  if (!isNewEnough(answer))
    return `${called} is Python ${version}: CPython ${oldestPython.join('.')} or newer is needed`
  return `${called} (${version}) ended before it loaded the agent, or something on the way took PYTHONPATH out of its environment`
}
