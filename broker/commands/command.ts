import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'

/** How the command line is called, in help and in what is told to people. */
export const programName = 'redis-broker'

/** A command as all of them are: one style of help and of refusals. */
export function bare(name: string, summary: string) {
  return (
    new Command(name)
      .description(summary)
      // What the description says in full is too long for a list.
      .summary(shortened(summary))
      .helpOption('-h, --help', 'Show this help.')
      .configureHelp({
        minWidthToWrap: 20,
        styleTitle: (title) => title.toUpperCase().replace(/:$/, ''),
        subcommandTerm: (command) => command.name(),
      })
      .configureOutput({ outputError: (text, write) => write(refusal(text)) })
  )
}

/** The command `help`, under a heading as the others. */
export function helpCommand(heading: string): Command {
  const help = new Command('help').description('Shows the help of a command').helpGroup(heading)
  help.argument('[command]')
  return help
}

/** A command whose answer can be had as JSON. */
export const command = (name: string, summary: string) =>
  bare(name, summary).option('--json', 'Print the answer as JSON, and nothing else, on standard output.')

/** A command that queues an operation. */
export const queueing = (name: string, summary: string) =>
  command(name, summary)
    .option(
      '--wait',
      'Wait until the operation has ended, and show how it goes. It ends with 1 when that has failed.',
    )
    .option('--follow', 'Likewise, and show all that it does, with what cdktf and Terraform print.')

/** For what cannot be undone. */
export const yesOption = ['--yes', 'Do not ask whether it is meant.'] as const

export const instanceArgument = [
  '<instance>',
  'A guid, how one begins (4 characters or more), or a name.',
] as const

/** For `addHelpText`: what is to be said below, as wide as the rest. */
export const note =
  (...texts: string[]) =>
  ({ command }: { command: CommandUnknownOpts }) => {
    const help = command.createHelp()
    return texts.map((text) => `\n${help.boxWrap(text, process.stdout.columns || 80)}`).join('')
  }

/** Its first sentence, without the full stop. */
function shortened(text: string): string {
  return text.replace(/\. .*$/s, '').replace(/\.$/, '')
}

/** `error: unknown option '--dirft'\n(Did you mean --drift?)\n` as a sentence or two. */
function refusal(text: string): string {
  const [first = '', ...rest] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n')
  const sentence = first.charAt(0).toUpperCase() + first.slice(1)
  const full = /[.?!]$/.test(sentence) ? sentence : `${sentence}.`
  return `${[full, ...rest.map((line) => line.replace(/^\((.*)\)$/, '$1'))].join(' ')}\n`
}
