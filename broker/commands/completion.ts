import { fileURLToPath } from 'node:url'
import { Argument } from '@commander-js/extra-typings'
import { bare, note, programName } from './command.ts'

const launcher = fileURLToPath(new URL('redis-broker.mjs', import.meta.url))

/** Makes the command callable by its name alone, from any directory, unless it is on the PATH. */
const shell = `command -v ${programName} >/dev/null || ${programName}() { ${quoted(launcher)} "$@"; }`

/** Each asks the command itself what fits, so that a script never gets old. */
const scripts = {
  bash: `${shell}
_redis_broker() {
  local IFS=$'\\n'
  COMPREPLY=($(${programName} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _redis_broker ${programName}
`,
  zsh: `${shell}
_redis_broker() {
  local -a found
  found=("\${(@f)$(${programName} complete --described -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  _describe ${programName} found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _redis_broker ${programName}
`,
}

export const completion = () =>
  bare(
    'completion',
    'Lets a shell complete what is typed. It prints a script that completes commands, options and instances.',
  )
    .addArgument(new Argument('<shell>', 'Which one.').choices(['bash', 'zsh'] as const))
    .addHelpText('after', note(`For the shell that is running: eval "$(npx ${programName} completion bash)"`))
    .action((name) => void process.stdout.write(scripts[name]))

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\\\''")}'`
}
