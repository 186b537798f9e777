/** What cannot be opened or read, in one sentence for people that says what to do or what is wrong. */
export class Refusal extends Error {
  override name = 'Refusal'
}
