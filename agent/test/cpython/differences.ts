// The differences between CPython's own tests with and without the agent that we accept, each with its reason.
// A difference that is not here fails the test; one that is here and no longer differs fails it too.

export interface Accepted {
  /** as `python -m test --junit-xml` names it */
  test: string
  plain: string
  traced: string
  /** minor versions where it differs; absent = all */
  pythons?: string[]
  reason: string
}

export const accepted: Accepted[] = []
