/**
 * `blockwatch completion bash|zsh|fish`: a completion script, generated from the commands, so that it is never
 * outdated.
 */

import type { Command, Option } from 'commander';
import { Argument } from 'commander';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

interface Word {
  /** The words of the command, `config get`. */
  path: string[];
  summary: string;
  commands: Command[];
  options: readonly Option[];
}

/** The program and every command below it. */
function walk(command: Command, path: string[] = []): Word[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  return [
    { path, summary: command.summary() || command.description(), commands, options: help.visibleOptions(command) },
    ...commands.flatMap((child) => walk(child, [...path, child.name()])),
  ];
}

const flags = (option: Option): string[] => [option.short, option.long].filter((flag) => flag !== undefined);
const takesFile = (option: Option): boolean => /<(FILE|DIR|CAPTURE)[^>]*>/.test(option.flags);

function bash(words: readonly Word[]): string {
  const cases = words.map(
    ({ path, commands, options }) =>
      `    '${path.join(' ')}') words='${[...commands.map((child) => child.name()), ...options.flatMap(flags)].join(' ')}' ;;`,
  );
  const choices = words.flatMap(({ path, options }) =>
    options
      .filter((option) => option.argChoices)
      .map((option) => `    '${path.join(' ')} ${option.long}') words='${option.argChoices?.join(' ')}' ;;`),
  );
  return `# bash completion for blockwatch:  source <(blockwatch completion bash)
_blockwatch() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
${words
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      '${path.join(' ')}') path='${path.join(' ')}' ;;`)
  .join('\n')}
    esac
  done
  case "$path $previous" in
${choices.join('\n')}
  esac
  if [ -z "$words" ]; then case "$path" in
${cases.join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _blockwatch blockwatch
`;
}

/** In single quotes for a shell. */
const quoted = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

function zsh(words: readonly Word[]): string {
  const described = (name: string, summary: string): string =>
    quoted(`${name.replace(/:/g, '\\:')}:${summary.replace(/:/g, ' -')}`);
  const cases = words.map(
    ({ path, commands, options }) => `    ${quoted(path.join(' '))})
      words_here=(${[...commands.map((child) => described(child.name(), child.summary())), ...options.map((option) => described(option.long ?? '', option.description))].join(' ')}) ;;`,
  );
  return `#compdef blockwatch
# zsh completion for blockwatch:  blockwatch completion zsh > "\${fpath[1]}/_blockwatch"
_blockwatch() {
  local -a words_here known
  local path='' word
  known=(${words
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quoted(path.join(' ')))
    .join(' ')})
  for word in \${words[2,CURRENT-1]}; do
    (( \${known[(Ie)\${path:+$path }$word]} )) && path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
  esac
  _describe 'blockwatch' words_here || _files
}
compdef _blockwatch blockwatch
`;
}

function fish(words: readonly Word[]): string {
  const lines = words.flatMap(({ path, commands, options }) => {
    const when =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const condition = `-n ${quoted(when)}`;
    return [
      ...commands.map(
        (child) => `complete -c blockwatch -f ${condition} -a ${child.name()} -d ${quoted(child.summary())}`,
      ),
      ...options.map((option) =>
        [
          'complete -c blockwatch',
          takesFile(option) ? '' : '-f',
          condition,
          option.long ? `-l ${option.long.slice(2)}` : '',
          option.short ? `-s ${option.short.slice(1)}` : '',
          option.argChoices ? `-x -a ${quoted(option.argChoices.join(' '))}` : option.required ? '-r' : '',
          `-d ${quoted(option.description)}`,
        ]
          .filter(Boolean)
          .join(' '),
      ),
    ];
  });
  return `# fish completion for blockwatch:  blockwatch completion fish | source\n${lines.join('\n')}\n`;
}

export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](walk(program));
}

export function register(program: Command): void {
  program
    .command('completion')
    .summary('print a shell completion script')
    .description('Print a script with which bash, zsh or fish completes commands and options of blockwatch.')
    .addArgument(new Argument('<SHELL>', 'shell').choices([...shells]))
    .addHelpText('after', '\nExample:\n  source <(blockwatch completion bash)')
    .action((shell: Shell) => {
      process.stdout.write(completionScript(program, shell));
    });
}
