import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bare } from '../../../broker/commands/command.ts'
import { list } from '../../../broker/commands/list.ts'
import { nextPage } from '../../../broker/commands/terminal/next-page.ts'
import { table } from '../../../broker/commands/terminal/table.ts'
import { fitted, lines, oneLine, readable } from '../../../broker/commands/terminal/terminal.ts'

const guid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'

test.each([
  ['an escape sequence that writes the clipboard', 'a\u001b]52;c;aGk=\u0007', 'a\\u001b]52;c;aGk=\\u0007'],
  ['a line break', 'a\r\nb', 'a\\u000d\\u000ab'],
  ['a line break of Unicode', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['a turn of the direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  ['an invisible letter', 'a\u{e0061}b\u00ad', 'a\\ue0061b\\u00ad'],
  ['half a character', 'a\ud83d', 'a\\ud83d'],
])('%s in a name does nothing to a terminal', (_what, name, shown) => {
  expect(oneLine(name)).toBe(shown)
})

test('no text whatsoever has a terminal do anything but go to the next line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(lines(text).replace(/[\n\t]/g, '')).not.toMatch(
        /\p{Cc}|\p{Zl}|\p{Zp}|[\u202a-\u202e\u2066-\u2069]/u,
      )
      expect(oneLine(text)).not.toMatch(/\p{Cc}/u)
    }),
  )
})

test('names of people stay as they are', () => {
  for (const name of ['Grüße', '日本語', '👨‍👩‍👧', 'می‌خواهم', 'a b']) expect(oneLine(name)).toBe(name)
})

test('of an answer every text is one line, but for what programs have printed', () => {
  expect(readable({ all: [{ name: 'a\nb', text: 'c\nd', count: 1, none: null }] })).toEqual({
    all: [{ name: 'a\\u000ab', text: 'c\nd', count: 1, none: null }],
  })
})

test('a table is as wide as the terminal at most: a long name is cut and no guid is', () => {
  const text = table(
    ['INSTANCE', 'NAME', 'STATE'],
    [
      [guid, 'n'.repeat(900), 'clean'],
      [guid, 'short', 'drifted'],
    ],
    100,
  )
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^INSTANCE {30}NAME {51}STATE$/),
    `${guid}  ${'n'.repeat(52)}…  clean`,
    `${guid}  short${' '.repeat(48)}  drifted`,
    '',
  ])
})

test('what goes into a file or another program is not cut', () => {
  const name = 'n'.repeat(900)
  expect(table(['NAME', 'STATE'], [[name, 'clean']], Number.POSITIVE_INFINITY)).toContain(name)
})

test('a text is cut between characters', () => {
  expect(fitted('a😀😀😀', 3)).toBe('a😀…')
})

test('where a table does not fit, each row becomes a few lines, and nothing of it is cut', () => {
  const headings = ['INSTANCE', 'NAME', 'ORGANIZATION', 'SPACE', 'STATE']
  const long = 'n'.repeat(60)
  expect(table(headings, [[guid, long, '', 'production', 'clean']], 40)).toBe(
    `${guid}\n  NAME          ${long}\n  SPACE         production\n  STATE         clean\n`,
  )
})

test.each([
  [['list', '--plan', 'redis-5node', '--limit', '1', '--after', 'x'], 'list --plan redis-5node --limit 1'],
  [['list', '--name', "Anna's $1 *"], String.raw`list --name 'Anna'\''s $1 *'`],
  [['list', '--space', ''], "list --space ''"],
])('the command of the next page has all that was given: %j', (given, repeated) => {
  const asked = list().action(() => undefined)
  bare('redis-broker', '').addCommand(asked).parse(given, { from: 'user' })
  expect(nextPage(asked, guid)).toBe(`npx redis-broker ${repeated} --after ${guid}`)
})
