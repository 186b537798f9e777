// The rules, one file each. A new rule is a file and a line here.
import { backPressure } from './back-pressure.ts'
import { contention } from './contention.ts'
import { convoy } from './convoy.ts'
import { deadlock } from './deadlock.ts'
import { lockOrder } from './lock-order.ts'
import type { Rule } from './rule.ts'
import { slowHold } from './slow-hold.ts'
import { unfair } from './unfair.ts'

export const rules: readonly Rule[] = [deadlock, lockOrder, contention, convoy, unfair, slowHold, backPressure]
