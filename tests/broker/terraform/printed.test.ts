import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { withoutSecrets } from '../../../broker/terraform/printed.ts'

const stack = '0d6bb2a6-6d2c-4f0b-9f5e-3f1a4c8f6a01'
const token = randomBytes(32).toString('hex')

/** As Terraform writes it, with all that could mislead who looks for its end. */
const state = {
  version: 4,
  terraform_version: '1.11.4',
  serial: 2,
  lineage: '4da08e94-7985-999b-c355-b121166cc8aa',
  outputs: { password: { value: token, type: 'string', sensitive: true } },
  resources: [
    { type: 'aws_elasticache_replication_group', instances: [{ attributes: { auth_token: token } }] },
    { type: 'other', name: 'a "}}}} \\\\" {{ \\' },
  ],
  check_results: null,
}
const dump = JSON.stringify(state, null, 2)

/** As terraform prints it, between what it did and what went wrong. */
const printed = `Modifying... [id=cf-1]
~ tags = { "version" = 4 }
${dump}

Error: Failed to persist state to backend
`

/** As cdktf passes it on: in lines under its name, and in pieces that end anywhere. */
function throughCdktf(text: string, pieceLength: number): string {
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += pieceLength) pieces.push(text.slice(at, at + pieceLength))
  const indentation = ' '.repeat(stack.length + 2)
  return pieces.map((piece) => `${stack}  ${piece.trim().replaceAll('\n', `\n${indentation}`)}`).join('\n')
}

test('the state that terraform prints in its distress is cut out, and what stands around it stays', () => {
  const { text, state: found } = withoutSecrets(printed, stack, [])
  expect(text).toBe(printed.replace(dump, '(the state is not shown here)'))
  expect(JSON.parse(found ?? '')).toEqual(state)
})

test('a state in pieces is cut out, wherever cdktf has broken it, and put together again', () => {
  for (let length = 7; length < 400; length++) {
    const { text, state: found } = withoutSecrets(throughCdktf(printed, length), stack, [])
    expect(text).toContain('(the state is not shown here)')
    expect(text).not.toContain('auth_token')
    for (let at = 0; at + 7 <= token.length; at += 7) expect(text).not.toContain(token.slice(at, at + 7))
    // A blank at the end of a piece is lost, inside a name as well.
    expect(JSON.parse(found ?? '').outputs).toEqual(state.outputs)
  }
})

test('of a state that is cut off nothing is left, wherever it ends', () => {
  for (let end = dump.indexOf('serial'); end < dump.length; end++) {
    const { text, state: found } = withoutSecrets(`before\n${dump.slice(0, end)}`, stack, [])
    expect(text).toBe('before\n(the state is not shown here)')
    expect(found).toBeUndefined()
  }
})

test('a state on one line is cut out as well', () => {
  expect(withoutSecrets(`x ${JSON.stringify(state)} y`, stack, []).text).toBe(
    'x (the state is not shown here) y',
  )
})

test('known secrets are cut out, also where a line break divides them, and short words are none', () => {
  const secrets = [token, 'p$ss.(word)', 'a', '']
  const { text } = withoutSecrets(`Error: "${token}" at p$ss.(word)`, stack, secrets)
  expect(text).toBe('Error: "(sensitive)" at (sensitive)')
  for (let length = 7; length < 80; length++) {
    expect(withoutSecrets(throughCdktf(`token = ${token}!`, length), stack, secrets).text).toMatch(
      /\(sensitive\)\s*(0d6bb2a6-\S+ {2})?!$/,
    )
  }
})
