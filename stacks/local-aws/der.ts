/** DER, the encoding of certificates (ITU-T X.690): a tag, the length of the content, the content. */
export type Der = Buffer

/** @param content at most 65,535 bytes */
export function tagged(tag: number, ...content: (Der | number[])[]): Der {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)))
  const { length } = bytes
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), bytes])
}

export const sequence = (...items: Der[]): Der => tagged(0x30, ...items)
export const set = (...items: Der[]): Der => tagged(0x31, ...items)
export const yes: Der = tagged(0x01, [0xff])
/** @param bytes as few as it takes; the first bit is the sign */
export const integer = (...bytes: number[]): Der => tagged(0x02, bytes)
export const octetString = (...content: Der[]): Der => tagged(0x04, ...content)
export const utf8String = (text: string): Der => tagged(0x0c, Buffer.from(text))

/** @param unused bits at the end */
export const bitString = (bytes: Buffer | number[], unused = 0): Der =>
  tagged(0x03, [unused], Buffer.from(bytes))

/** Of a time before 2050, to the second. */
export const utcTime = (time: Date): Der =>
  tagged(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/\D/g, '')}Z`))

/** @param dotted such as `2.5.4.3` */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return tagged(0x06, [first * 40 + second, ...others.flatMap(inSevenBits)])
}

/** The number in groups of seven bits, of which all but the last have the eighth set. */
function inSevenBits(number: number): number[] {
  const groups = [number & 0x7f]
  for (let rest = number >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80)
  return groups
}
