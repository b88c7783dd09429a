import { stackName } from './cdktf-command.ts'
import { at, BrokerRefusal, type Client, operatorClient, operatorLogin } from './client/client.ts'
import { bare } from './command.ts'
import { show } from './terminal/terminal.ts'

/** cdktf on live instances, in the directory and with the environment that it needs. */
export const cdktf = () =>
  bare(
    'cdktf',
    'Runs cdktf on live instances. It lists, diffs, deploys, outputs or destroys stacks; instances go by guid, by how one begins, or by name.',
  )
    .argument('[words...]', 'What cdktf is asked for, with its own options.')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => {
      const [verb, ...rest] = words
      const client = operatorClient()
      const named: string[] = []
      for (const word of rest) {
        const isOption = word.startsWith('-') || stackName.test(word)
        named.push(isOption ? word : await stackOf(client, word))
      }
      if (verb === 'list' && (await (await client.stacks.$get({ query: {} })).json()).stacks.length === 0) {
        return show('There are no instances, and so no stacks.\n')
      }
      const { username, password } = operatorLogin()
      const { execa } = await import('execa')
      const { cdktfForPeople } = await import('../terraform/cdktf.ts')
      // A Ctrl-C reaches cdktf from the terminal, and what it means is cdktf's to say.
      process.on('SIGINT', () => {})
      const { file, words: program, cwd, environment } = cdktfForPeople
      const { exitCode } = await execa(file, [...program, ...(verb ? [verb] : []), ...named], {
        cwd,
        // For the node of cdktf.json's app.
        preferLocal: true,
        localDir: cwd,
        env: {
          ...environment,
          CHECKPOINT_DISABLE: '1',
          // The login for states in the broker's own backend is the operators'.
          TF_HTTP_USERNAME: process.env.TF_HTTP_USERNAME ?? username,
          TF_HTTP_PASSWORD: process.env.TF_HTTP_PASSWORD ?? password,
        },
        stdio: 'inherit',
        reject: false,
      })
      process.exitCode = exitCode ?? 1
    })

/** Words that are no instance, such as the value of an option, are cdktf's. */
async function stackOf(client: Client, word: string): Promise<string> {
  try {
    return (await (await client.instances[':instance'].$get({ param: at(word) })).json()).stack.name
  } catch (error) {
    if (error instanceof BrokerRefusal && error.status === 404) return word
    throw error
  }
}
