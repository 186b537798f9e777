// The rules, one file each. A new rule is a file and a line here.
import { backPressure } from './back-pressure.ts'
import { blockedLoop } from './blocked-loop.ts'
import { chattyCalls } from './chatty-calls.ts'
import { contention } from './contention.ts'
import { convoy } from './convoy.ts'
import { copyBound } from './copy-bound.ts'
import { deadlock } from './deadlock.ts'
import { deviceIdle } from './device-idle.ts'
import { died } from './died.ts'
import { foreignRelease } from './foreign-release.ts'
import { forkWithLocks } from './fork-with-locks.ts'
import { lateAtCollective } from './late-at-collective.ts'
import { lateReceiver } from './late-receiver.ts'
import { lateSender } from './late-sender.ts'
import { launchBound } from './launch-bound.ts'
import { lockOrder } from './lock-order.ts'
import { messageImbalance } from './message-imbalance.ts'
import { mismatchedCollectives } from './mismatched-collectives.ts'
import { missedWakeup } from './missed-wakeup.ts'
import { neverJoined } from './never-joined.ts'
import { neverReleased } from './never-released.ts'
import { pageableCopies } from './pageable-copies.ts'
import { polling } from './polling.ts'
import { prefetchHoarding } from './prefetch-hoarding.ts'
import { gilBound } from './gil-bound.ts'
import { imbalance } from './imbalance.ts'
import { nestedSubmit } from './nested-submit.ts'
import { poolSize } from './pool-size.ts'
import type { Rule } from './rule.ts'
import { serial } from './serial.ts'
import { shuffleSkew } from './shuffle-skew.ts'
import { serverSaturation } from './server-saturation.ts'
import { slowHold } from './slow-hold.ts'
import { starvation } from './starvation.ts'
import { starvedStream } from './starved-stream.ts'
import { stragglers } from './stragglers.ts'
import { stuckChord } from './stuck-chord.ts'
import { swallowedCancel } from './swallowed-cancel.ts'
import { serialStreams } from './serial-streams.ts'
import { syncTooOften } from './sync-too-often.ts'
import { timeouts } from './timeouts.ts'
import { unawaited } from './unawaited.ts'
import { unfair } from './unfair.ts'
import { unfetchedResults } from './unfetched-results.ts'

export const rules: readonly Rule[] = [
  deadlock,
  lockOrder,
  contention,
  convoy,
  unfair,
  slowHold,
  backPressure,
  starvation,
  blockedLoop,
  died,
  foreignRelease,
  forkWithLocks,
  missedWakeup,
  neverJoined,
  neverReleased,
  polling,
  swallowedCancel,
  timeouts,
  unawaited,
  poolSize,
  serverSaturation,
  chattyCalls,
  nestedSubmit,
  imbalance,
  stragglers,
  shuffleSkew,
  lateSender,
  lateReceiver,
  lateAtCollective,
  messageImbalance,
  mismatchedCollectives,
  gilBound,
  serial,
  prefetchHoarding,
  stuckChord,
  unfetchedResults,
  serialStreams,
  starvedStream,
  pageableCopies,
  launchBound,
  deviceIdle,
  syncTooOften,
  copyBound,
]
