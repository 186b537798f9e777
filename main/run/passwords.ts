// Text without the passwords of the addresses in it: `redis://:secret@host` → `redis://:***@host`. In: what people type and
// programs print. Out: what may be stored and shown. The agent does the same in its side files (agent/core/names.c).
//
// An address is scheme://user:password@…, as brokers and databases have it. Its authority ends at a slash, a question mark,
// a sharp or a blank; the password is what stands between its first colon and its last @.

const addressed = /(:\/\/[^/?#\s:@]*:)[^/?#\s]*@/g

export const withoutPasswords = (text: string): string => text.replace(addressed, '$1***@')
