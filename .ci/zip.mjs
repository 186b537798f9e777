// Reads a zip by its central directory: name, Unix mode, and the bytes when asked for. Stored and deflated entries, no
// zip64, no encryption: what Electron's archives are.
import { openSync, readSync, statSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

export function readZip(path) {
  const fd = openSync(path, 'r')
  const { size } = statSync(path)
  const read = (position, length) => {
    const bytes = Buffer.alloc(length)
    readSync(fd, bytes, 0, length, position)
    return bytes
  }
  const tail = read(Math.max(0, size - 65557), Math.min(size, 65557))
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error(`${path} is not a zip file`)
  const directory = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries = []
  for (let at = 0; at < directory.length;) {
    const method = directory.readUInt16LE(at + 10)
    const packed = directory.readUInt32LE(at + 20)
    const plain = directory.readUInt32LE(at + 24)
    const nameLength = directory.readUInt16LE(at + 28)
    const rest = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    const local = directory.readUInt32LE(at + 42)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      read() {
        const header = read(local, 30)
        const from = local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
        const bytes = read(from, packed)
        return method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(plain, 1) })
      },
    })
    at += 46 + nameLength + rest
  }
  return entries
}
