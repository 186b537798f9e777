// core.around: a function of a library is called as before, with its result, its exceptions and their tracebacks, and looks as
// before; what is told around it hears of each call.
import { describe, expect, test } from 'vitest'
import { pythons, record, unrecorded } from './test/run-python.ts'

const shape = `
import inspect, os, pickle, traceback

class Shop:
    """A class of a library."""
    def sell(self, n, *, price=2):
        'sells'
        if n < 0:
            raise ValueError(n)
        return n * price

def open_shop(name='corner'):
    return name
`
const hears = `
import gc, sys
core = next(m for m in gc.get_objects() if type(m) is type(sys) and m.__name__ == 'interleave_core')
told = []
core.around(Shop, 'sell', lambda shop, *args, **kwargs: told.append((args, kwargs)) or 'token',
            lambda token, answer, error: told.append((token, answer, error)))
core.around(sys.modules['__main__'], 'open_shop', lambda name='corner': None, lambda *what: told.append(what))
core.around(Shop, '__init__', lambda *args: 1 / 0)
`
const uses = `
shop = Shop()
print(shop.sell(3), Shop.sell(shop, 2, price=5), open_shop(), open_shop('x'))
try: shop.sell(-1)
except ValueError: print(traceback.format_exc().replace(os.getcwd(), ''))
try: shop.sell()
except TypeError as error: print(error)
print(Shop.sell.__name__, Shop.sell.__qualname__, Shop.sell.__doc__, inspect.signature(Shop.sell), inspect.signature(shop.sell))
print(inspect.isfunction(Shop.sell), inspect.ismethod(shop.sell), pickle.loads(pickle.dumps(open_shop)) is open_shop)
print(pickle.loads(pickle.dumps(shop.sell))(4), shop.sell == shop.sell, callable(Shop.sell))
class Own(Shop):
    def sell(self, n): return super().sell(n) + 1
print(Own().sell(1))
`

describe.each(pythons)('Python 3.$minor', (python) => {
  test('a function behaves as before; who is around hears of it', () => {
    const before = unrecorded(python, shape + hears.replace(/\S.*/g, '') + uses)
    const ran = record(python, shape + hears + uses + 'print(told, file=sys.stderr)')
    expect(ran.out).toBe(before.out)
    expect(ran.status).toBe(0)
    expect(ran.err.trim()).toBe(
      "[((3,), {}), ('token', 6, None), ((2,), {'price': 5}), ('token', 10, None), ((-1,), {}), " +
        "('token', None, ValueError(-1)), ((), {}), ('token', None, TypeError(\"Shop.sell() missing 1 required positional argument: 'n'\")), " +
        "((4,), {}), ('token', 8, None), ((1,), {}), ('token', 2, None)]",
    )
    const notes = ran.first.lines.flatMap((line) => (line.k === 'note' ? [line.text] : []))
    expect(notes.filter((text) => /division/.test(text)).length).toBe(2)
  })

  test('an exit that comes in between is the program’s', () => {
    const ran = record(
      python,
      `${shape}${hears}
def leave(*args): raise SystemExit(7)
core.around(Shop, 'sell', leave)
Shop().sell(1)
print('not reached')
`,
    )
    expect(ran.out).toBe('')
    expect(ran.status).toBe(7)
  })
})
