import { crc32 } from 'node:zlib'

/** A ZIP archive of one executable file, not compressed. */
export function zipOf(name: string, text: string): Buffer {
  const [path, content] = [Buffer.from(name), Buffer.from(text)]
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt32LE(crc32(content), 10)
  common.writeUInt32LE(content.length, 14)
  common.writeUInt32LE(content.length, 18)
  common.writeUInt16LE(path.length, 22)
  const file = Buffer.concat([signature('PK\x03\x04'), common, path, content])

  const entry = Buffer.alloc(14)
  entry.writeUInt32LE((0o100755 << 16) >>> 0, 6)
  // Made on Unix, so that the mode counts.
  const directory = Buffer.concat([signature('PK\x01\x02'), Buffer.from([20, 3]), common, entry, path])

  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(file.length, 12)
  return Buffer.concat([file, directory, signature('PK\x05\x06'), end])
}

const signature = (text: string) => Buffer.from(text, 'latin1')
