// `interleave doctor`: what works on this machine and what is missing. Exit code 1 when programs cannot be recorded.
import { checkGil } from '../run/gil.ts'
import { checkGpu } from '../run/gpu.ts'
import { checkMachine, type Check } from '../run/machine.ts'
import { recipesPython } from '../run/find-python.ts'
import { print } from './output.ts'

const titles = {
  recording: 'To record',
  recipes: 'For recipes that need packages',
  gpu: 'For programs that use a GPU',
  window: 'For the window',
  tests: "For the project's own tests",
}

export async function doctor({ json }: { json?: boolean }): Promise<number> {
  const [machine, gil, gpu, python] = await Promise.all([checkMachine(), checkGil(), checkGpu(), recipesPython()])
  const checks = [...machine, ...gil, ...gpu]
  const ok = checks.every((check) => check.ok || check.for !== 'recording')
  if (json) print(JSON.stringify({ ok, checks, recipesPython: python }, null, 2))
  else print(doctorText(checks))
  return ok ? 0 : 1
}

export function doctorText(checks: Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length))
  const line = (check: Check) => {
    const add = check.add ? `\n            ${' '.repeat(width)}add it: ${check.add}` : ''
    return `  ${check.ok ? 'ok     ' : 'missing'}  ${check.name.padEnd(width)}  ${check.found}${add}`
  }
  return Object.entries(titles)
    .map(([what, title]) => [title, ...checks.filter((check) => check.for === what).map(line)].join('\n'))
    .join('\n\n')
}
