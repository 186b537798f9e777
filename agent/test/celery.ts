// Test support: a Celery app in one file that is program and worker. In: its tasks and what the program does. Out: what was
// recorded of all its processes, and the jobs.
import { chapterFolder } from '../../main/run/recipes.ts'
import { type KeyedJob, keyedJobs } from './keyed-jobs.ts'
import { pythonFor } from './python-with.ts'
import { type Options, type Python, type Recorded, record, unrecorded } from './run-python.ts'

export const python = await pythonFor('celery')
export const withGevent = await pythonFor('celery-gevent')

/** `broker`: Python that makes the app; by default with the recipes' broker in a folder, for which no server is needed. */
export const program = (
  tasks: string,
  main: string,
  broker = `
sys.path.insert(0, ${JSON.stringify(chapterFolder('celery'))})
from local_broker import local_app
app = local_app('program')
`,
) => `
import os, select, signal, subprocess, sys, traceback
from celery import Celery, chain, chord, group, signals

folder = os.path.join(os.getcwd(), 'marks')
os.makedirs(folder, exist_ok=True)
${broker}
app.conf.worker_redirect_stdouts = False

${tasks}

started = []

def worker(*options, name='shop'):
    process = subprocess.Popen([sys.executable, '-m', 'celery', '-A', 'program', 'worker', '-n', name + "@here", '-l', 'ERROR',
                             '--without-gossip', '--without-mingle', '--without-heartbeat', *options],
                            stdout=subprocess.DEVNULL)
    started.append(process)
    return process

def get(result, **options):
    return result.get(timeout=60, interval=0.02, **options)

def until(ready):
    while not ready(): select.select([], [], [], 0.005)

def end(*workers):
    app.control.shutdown()
    print('ended', *(process.wait(30) for process in workers))

def main():
${main.replace(/^/gm, '    ')}

if __name__ == '__main__':
    try:
        main()
    finally:
        for process in started:
            process.kill()
`

const quiet = { flags: ['-W', 'ignore'], env: { PYTHONWARNINGS: 'ignore', C_FORCE_ROOT: '1' }, timeout: 120_000 }

export interface RanCelery extends Recorded {
  jobs: KeyedJob[]
  /** the stories of all tasks of that name, in order of their start; without workers' numbers */
  of(name: string): string[]
}

export function run(source: string, { by = python, ...options }: Options & { by?: Python } = {}): RanCelery {
  const ran = record(by, source, { ...quiet, ...options, env: { ...quiet.env, ...options.env } })
  if (ran.status !== 0) throw new Error(`ended with ${ran.status}: ${ran.out}\n${ran.err}`)
  const jobs = keyedJobs(ran.processes)
  const plain = (told: string) => told.replace(/ForkPoolWorker-\d+/, 'a child')
  const of = (name: string) =>
    jobs.filter(({ said }) => said.name === `program.${name}`).map(({ told }) => told.map(plain).join(', '))
  return { ...ran, jobs, of }
}

export const runWithoutUs = (source: string, options: Options = {}) =>
  unrecorded(python, source, { ...quiet, ...options, env: { ...quiet.env, ...options.env } })
